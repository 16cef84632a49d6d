/** `/admin/accounts`: finds people by user name, e-mail address or the beginning of a name; and what waits for a second operator. */
import { type Account, displayName } from '../../../core/account.ts';
import { SHORTEST_PREFIX } from '../../../core/account-keys.ts';
import type { FactorResets } from '../../../flows/desk/factor-reset.ts';
import type { Accounts } from '../../../flows/ports.ts';
import type { Visit } from '../../page.ts';
import type { SignedInPage } from '../../signed-in/signed-in-page.ts';
import { dateTime } from '../../texts.ts';
import { adminPage } from '../admin-page.ts';
import { ACCOUNTS_PATH, accountHref, inShort } from './words.ts';

export interface FindPagePorts {
  readonly accounts: Accounts;
  readonly deskResets: Pick<FactorResets, 'pending'>;
}

const PAGE_SIZE = 20;
const LONGEST_QUERY = 300;
const LONGEST_CURSOR = 900;

export function findPage({ accounts, deskResets }: FindPagePorts): SignedInPage {
  /** A user name and an address are whole or nothing; a name may be begun. */
  async function found(typed: string, after: string | undefined) {
    const [named, ofAddress, ofName] = await Promise.all([
      accounts.findByUsername(typed),
      typed.includes('@') ? accounts.findByEmail(typed) : [],
      accounts.findByName(typed, { limit: PAGE_SIZE, ...(after !== undefined && { after }) }),
    ]);
    const exact = after === undefined ? [...(named ? [named] : []), ...ofAddress] : [];
    const all = new Map([...exact, ...ofName.accounts].map((account) => [account.id, account]));
    return { accounts: [...all.values()], next: ofName.next };
  }

  return adminPage({
    path: ACCOUNTS_PATH,
    for: ['operator', 'admin'],
    async show(who, visit, { query }) {
      const typed = query.get('q')?.trim().slice(0, LONGEST_QUERY) ?? '';
      const asked = [...typed].length >= SHORTEST_PREFIX;
      const after = query.get('after')?.slice(0, LONGEST_CURSOR);
      const [result, pending] = await Promise.all([
        asked ? found(typed, after) : undefined,
        deskResets.pending(),
      ]);
      return {
        view: 'admin/accounts/find',
        locals: {
          typed,
          tooShort: typed !== '' && !asked,
          registers: who.account.roles.includes('operator'),
          pending: pending.map((one) => waiting(one, visit)),
          ...(result && { found: result.accounts.map((account) => inShort(account, visit)) }),
          ...(result?.next !== undefined && { moreHref: moreHref(typed, result.next) }),
        },
      };
    },
  });
}

function moreHref(q: string, after: string): string {
  return `${ACCOUNTS_PATH}?${new URLSearchParams({ q, after })}`;
}

type Pending = Awaited<ReturnType<FactorResets['pending']>>[number];

function waiting({ account, reset }: Pending, { language, t }: Visit) {
  return {
    href: accountHref(account.id),
    name: displayName(account satisfies Account, language),
    username: account.username,
    by: reset.askedBy.name,
    state: reset.confirmed
      ? t('desk.reset.waitsUntil', { until: dateTime(language, reset.confirmed.until) })
      : t('desk.reset.waitsForSecond'),
  };
}
