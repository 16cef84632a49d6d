/** `/account/sessions`: where the person is logged in, and the end of it. */
import type { OwnSessions } from '../../flows/own-sessions.ts';
import type { LiveSession, Sessions } from '../../flows/ports.ts';
import { ACCOUNT_CLIENT_ID } from '../../oidc/account-client.ts';
import { browserName } from '../browser-name.ts';
import type { Visit } from '../page.ts';
import type { PortalNames } from '../portal-names.ts';
import { action, type SignedInPage } from '../signed-in/signed-in-page.ts';
import { dateTime } from '../texts.ts';

export interface SessionsPagePorts {
  readonly sessions: Sessions;
  readonly ownSessions: OwnSessions;
  readonly portalNames: PortalNames;
}

export function sessionsPage({ sessions, ownSessions, portalNames }: SessionsPagePorts): SignedInPage {
  return {
    path: '/account/sessions',
    needs: { level: 'own-highest' },
    async show({ account, sessionUid }, visit) {
      const live = await sessions.of(account.id);
      const names = await portalNames(live.flatMap(portalsIn), visit);
      const told = (session: LiveSession) => ({ uid: session.uid, ...inWords(session, names, visit) });
      const others = live.filter(({ uid }) => uid !== sessionUid).toSorted((a, b) => began(b) - began(a));
      const own = live.filter(({ uid }) => uid === sessionUid);
      return { view: 'account/sessions', locals: { own: own.map(told), others: others.map(told) } };
    },
    actions: {
      end: action({
        // Nobody types it: without one nothing ends.
        form: { session: { maxLength: 100, optional: true } },
        async submit({ account }, { session }, { origin }) {
          await ownSessions.endOne(account.id, session, origin);
          return { ok: true, notice: 'one-session-ended' };
        },
      }),
      'end-others': action({
        form: {},
        async submit({ account, sessionUid }, _values, { origin }) {
          await ownSessions.endOthers(account.id, sessionUid, origin);
          return { ok: true, notice: 'other-sessions-ended' };
        },
      }),
    },
  };
}

const began = ({ origin, authenticatedAt }: LiveSession) => origin?.at ?? authenticatedAt;

/** Our own pages are no portal. */
const portalsIn = ({ portals }: LiveSession) =>
  portals.map(({ clientId }) => clientId).filter((id) => id !== ACCOUNT_CLIENT_ID);

function inWords(session: LiveSession, names: ReadonlyMap<string, string>, { language, t }: Visit) {
  return {
    browser: browserName(session.origin?.userAgent, t),
    since: dateTime(language, began(session)),
    address: session.origin?.address,
    portals: portalsIn(session).flatMap((id) => names.get(id) ?? []),
  };
}
