/** `/admin/accounts/:id`: one person, and what the desk can do for them. */
import type { Account } from '../../../core/account.ts';
import { openReset } from '../../../core/factor-reset.ts';
import { DOCUMENT_TYPES } from '../../../core/factor-reset-record.ts';
import type { DeskAccess } from '../../../flows/desk/access.ts';
import type { FactorResets } from '../../../flows/desk/factor-reset.ts';
import type { Looking } from '../../../flows/desk/looking.ts';
import type { Accounts, Clock, Sessions } from '../../../flows/ports.ts';
import { deviceInWords } from '../../device-words.ts';
import type { Visit } from '../../page.ts';
import type { SignedIn } from '../../signed-in/guard.ts';
import type { SignedInPage } from '../../signed-in/signed-in-page.ts';
import { dateTime } from '../../texts.ts';
import { adminPage, doingOf } from '../admin-page.ts';
import { type AccountActs, accountActions } from './acts.ts';
import { ACCOUNTS_PATH, accountHref, inShort, isTheirsToHandle, registered } from './words.ts';

export interface AccountPagePorts {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly deskAccess: DeskAccess;
  readonly deskResets: FactorResets;
  readonly lookedAt: Looking;
  readonly clock: Clock;
}

export function accountPage(
  ports: AccountPagePorts,
  { fourEyes }: { readonly fourEyes: boolean },
): SignedInPage {
  const { accounts, sessions, lookedAt, clock } = ports;
  return adminPage({
    path: `${ACCOUNTS_PATH}/:id`,
    for: ['operator', 'admin'],
    async show(who, visit, { params }) {
      const account = await accounts.find(params.id ?? '');
      if (!account) return undefined;
      const person = inShort(account, visit);
      if (!isTheirsToHandle(who, account)) return { view: 'admin/accounts/others', locals: { person } };
      await lookedAt(account.id, doingOf(who, visit));
      const live = await sessions.of(account.id);
      const reset = openReset(account, clock.now());
      return {
        view: 'admin/accounts/account',
        locals: {
          person,
          data: registered(account, visit),
          roles: account.roles,
          devices: account.authenticators.map((authenticator) => deviceInWords(authenticator, visit)),
          sessions: live.length,
          acts: actsFor(account, reset !== undefined),
          documents: DOCUMENT_TYPES,
          historyHref: `${accountHref(account.id)}/history`,
          dataHref: `${accountHref(account.id)}/data`,
          ...(reset && { reset: resetInWords(reset, who, visit, fourEyes) }),
        },
      };
    },
    actions: accountActions(ports),
  });
}

/** What makes sense now, in the order in which it is shown. */
function actsFor({ status, authenticators }: Account, resetting: boolean): AccountActs[] {
  if (status === 'locked') return ['unlock', 'close'];
  if (status !== 'active') return [];
  const reset: AccountActs[] = authenticators.length > 0 && !resetting ? ['reset'] : [];
  return ['unlock', 'password-link', ...reset, 'end-sessions', 'lock', 'close'];
}

type Reset = NonNullable<ReturnType<typeof openReset>>;

function resetInWords(
  { id, askedAt, askedBy, document, confirmed }: Reset,
  { account }: SignedIn,
  { language, t }: Visit,
  fourEyes: boolean,
) {
  return {
    id,
    askedAt: dateTime(language, askedAt),
    askedBy: askedBy.name,
    document: `${t(`desk.document.${document.type}`)} …${document.ending}`,
    confirmable: !confirmed && (!fourEyes || askedBy.id !== account.id),
    ...(confirmed && { confirmedBy: confirmed.by.name, until: dateTime(language, confirmed.until) }),
  };
}
