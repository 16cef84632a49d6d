/** `/account/portals`: which portals know the person, what each gets, and the end of it. */
import { consentItems } from '../../core/consent.ts';
import type { OwnSessions } from '../../flows/own-sessions.ts';
import type { Consent, Consents } from '../../flows/ports.ts';
import { CLAIMS_OF_SCOPE } from '../../oidc/claims.ts';
import { inWords } from '../consent-items.ts';
import type { PortalNames } from '../portal-names.ts';
import { action, type SignedInPage } from '../signed-in/signed-in-page.ts';
import { dateTime } from '../texts.ts';

export interface PortalsPagePorts {
  readonly consents: Consents;
  readonly ownSessions: OwnSessions;
  readonly portalNames: PortalNames;
}

export function portalsPage({ consents, ownSessions, portalNames }: PortalsPagePorts): SignedInPage {
  return {
    path: '/account/portals',
    needs: { level: 'own-highest' },
    async show({ account }, visit) {
      const given = await consents.of(account.id);
      const resources = given.flatMap((consent) => Object.keys(consent.resources ?? {}));
      const names = await portalNames([...given.map(({ clientId }) => clientId), ...resources], visit);
      const spoken = resources.map((id) => [id, { name: names.get(id) ?? id, texts: {} }]);
      const itemsOf = (consent: Consent) =>
        consentItems(consent, undefined, CLAIMS_OF_SCOPE).fresh.map((item) =>
          inWords(item, Object.fromEntries(spoken), visit.t),
        );
      const portals = given.map((consent) => ({
        clientId: consent.clientId,
        name: names.get(consent.clientId) ?? '',
        since: dateTime(visit.language, consent.givenAt),
        items: itemsOf(consent),
      }));
      const byName = new Intl.Collator(visit.language);
      return {
        view: 'account/portals',
        locals: { portals: portals.toSorted((a, b) => byName.compare(a.name, b.name)) },
      };
    },
    actions: {
      withdraw: action({
        // Nobody types it: without one nothing is withdrawn.
        form: { portal: { maxLength: 1000, optional: true } },
        async submit({ account }, { portal }, { origin }) {
          await ownSessions.withdraw(account.id, portal, origin);
          return { ok: true, notice: 'portal-withdrawn' };
        },
      }),
    },
  };
}
