/** `/admin/accounts/:id/history`: what happened to somebody's account, with who did it at the desk, and why. */
import type { RecordedEvent } from '../../../core/event.ts';
import { isUnreadable } from '../../../core/unreadable.ts';
import type { Looking } from '../../../flows/desk/looking.ts';
import type { Accounts, History } from '../../../flows/ports.ts';
import { historyPart, teller } from '../../account/history.ts';
import type { Visit } from '../../page.ts';
import type { PortalNames } from '../../portal-names.ts';
import type { SignedInPage } from '../../signed-in/signed-in-page.ts';
import { adminPage, doingOf } from '../admin-page.ts';
import { ACCOUNTS_PATH, accountHref, inShort, isTheirsToHandle } from './words.ts';

export interface AccountHistoryPagePorts {
  readonly accounts: Accounts;
  readonly history: History;
  readonly lookedAt: Looking;
  readonly portalNames: PortalNames;
}

export function accountHistoryPage({
  accounts,
  history,
  lookedAt,
  portalNames,
}: AccountHistoryPagePorts): SignedInPage {
  return adminPage({
    path: `${ACCOUNTS_PATH}/:id/history`,
    for: ['operator', 'admin'],
    async show(who, visit, { params, query }) {
      const account = await accounts.find(params.id ?? '');
      if (!account || !isTheirsToHandle(who, account)) return undefined;
      const path = `${accountHref(account.id)}/history`;
      const { shown, ...ways } = await historyPart(history, account.id, { path, query });
      await lookedAt(account.id, doingOf(who, visit));
      const tell = await teller(account, shown, portalNames, visit);
      return {
        view: 'admin/accounts/history',
        locals: {
          person: inShort(account, visit),
          events: shown.map((event) => ({ ...tell(event), ...toldToStaff(event, visit) })),
          ...ways,
        },
      };
    },
  });
}

function toldToStaff(event: RecordedEvent, { t }: Visit) {
  if (isUnreadable(event)) return { changes: [] };
  const { by, why, changes = [], document } = event;
  return {
    ...(by && { by: by.name }),
    ...(why !== undefined && { why }),
    changes: changes.map(({ field, was, is }) => ({ label: t(`field.${field}`), was, is })),
    ...(document && { document: `${t(`desk.document.${document.type}`)} …${document.ending}` }),
  };
}
