/** `/admin/accounts`: finds people by user name, e-mail address or the beginning of a name; and what waits for a second operator. */
import { type Account, displayName } from '../../../core/account.ts';
import { SHORTEST_PREFIX } from '../../../core/account-keys.ts';
import type { FactorResets } from '../../../flows/desk/factor-reset.ts';
import type { Accounts, Searches } from '../../../flows/ports.ts';
import type { Visit } from '../../page.ts';
import type { SignedInPage } from '../../signed-in/signed-in-page.ts';
import { dateTime } from '../../texts.ts';
import { adminAction, adminPage } from '../admin-page.ts';
import { searchOn } from '../search.ts';
import { ACCOUNTS_PATH, accountHref, inShort } from './words.ts';

export interface FindPagePorts {
  readonly accounts: Accounts;
  readonly deskResets: Pick<FactorResets, 'pending'>;
  readonly searches: Searches;
}

const PAGE_SIZE = 20;
const SEARCH_FORM = {
  q: { maxLength: 300, optional: true },
  /** Where another page goes on. */
  after: { maxLength: 900, optional: true },
} as const;

export function findPage({ accounts, deskResets, searches }: FindPagePorts): SignedInPage {
  const search = searchOn(ACCOUNTS_PATH, searches);

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
    async show(who, visit, asked) {
      const sought = await search.sought(who, asked);
      const { q: typed = '', after } = asked.typed ?? sought?.terms ?? {};
      const enough = [...typed].length >= SHORTEST_PREFIX;
      const [result, pending] = await Promise.all([
        enough ? found(typed, after) : undefined,
        deskResets.pending(),
      ]);
      return {
        view: 'admin/accounts/find',
        locals: {
          typed,
          lapsed: sought === undefined,
          tooShort: typed !== '' && !enough,
          registers: who.account.roles.includes('operator'),
          pending: pending.map((one) => waiting(one, visit)),
          ...(result && { found: result.accounts.map((account) => inShort(account, visit)) }),
          ...(result?.next !== undefined && { after: result.next }),
        },
      };
    },
    actions: {
      '': adminAction({
        changes: false,
        form: SEARCH_FORM,
        submit: (who, values) => search.begin(who, values),
      }),
    },
  });
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
