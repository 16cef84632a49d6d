/** What happened to each account, over the store, in the account's own partition: it can share a commit with it. */
import type { AccountEvent } from '../provider/core/event.ts';
import { UNREADABLE } from '../provider/core/unreadable.ts';
import type { History } from '../provider/flows/ports.ts';
import { accountPartition } from './account-partition.ts';
import { NO_LETTERS } from './owed-letters.ts';
import { type Key, tipOf, type Write } from './store.ts';
import type { Updatable } from './update.ts';

/** Enough for years of an ordinary person's logins. */
const KEPT = 1_000;

/** More events than an account has before its first login. */
export const FIRST_EVENTS = 20;

const NAME = 'history';
export const historyKey = (accountId: string): Key => ({
  partition: accountPartition(accountId),
  name: NAME,
});

/** The write that records an event, for a commit in the account's partition. */
export const appended = (event: AccountEvent): Write => ({
  kind: 'append',
  stream: NAME,
  value: event,
  keep: KEPT,
});

/** The write after which the history knows this event and no other. */
export const historyErased = (last: AccountEvent): Write => ({
  kind: 'append',
  stream: NAME,
  value: last,
  keep: 1,
});

/** `owed` may be absent where nothing that is told owes any. */
export function storedHistory(store: Updatable, owed = NO_LETTERS): History {
  return {
    expect(accountId) {
      store.prepare?.([tipOf(historyKey(accountId))]);
    },
    async append(accountId, event, letters = []) {
      const { partition } = historyKey(accountId);
      if (letters.length === 0) return void (await store.commit(partition, [appended(event)]));
      const owing = await owed.announce(accountId);
      await store.commit(partition, [appended(event), owed.kept(owing, letters)]);
      owed.send(owing, letters);
    },
    async hasLogin(accountId) {
      const events = await store.range<AccountEvent>(historyKey(accountId), { limit: FIRST_EVENTS });
      return events.length === FIRST_EVENTS || events.some(({ value }) => value?.kind === 'login');
    },
    async of(accountId, limit, before) {
      const page = { limit, ...(before !== undefined && { before }) };
      const entries = await store.range<AccountEvent>(historyKey(accountId), page);
      return entries.map(({ id, value }) => ({ ...(value ?? UNREADABLE), cursor: id }));
    },
  };
}
