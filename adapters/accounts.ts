/** Accounts, their index by user name and their history, over the store. */
import { type Account, normalizeUsername } from '../provider/core/account.ts';
import type { AccountEvent } from '../provider/core/event.ts';
import type { Accounts, History } from '../provider/flows/ports.ts';
import type { Key, Store, Write } from './store.ts';
import { update } from './update.ts';

/** Enough for years of an ordinary person's logins. */
const HISTORY_KEPT = 1_000;

const DIRECTORY: Key = { partition: 'directory', name: 'usernames' };
const accountKey = (id: string): Key => ({ partition: `account:${id}`, name: 'account' });
const historyKey = (id: string): Key => ({ partition: `account:${id}`, name: 'history' });
const usernameKey = (username: string): Key => ({ partition: `username:${username}`, name: 'owner' });

const appended = (event: AccountEvent): Write => ({
  kind: 'append',
  stream: historyKey('').name,
  value: event,
  keep: HISTORY_KEPT,
});

export function storedAccounts(store: Store): Accounts {
  async function find(id: string): Promise<Account | undefined> {
    return (await store.get<Account>(accountKey(id)))?.value;
  }

  async function ownerOf(username: string): Promise<string | undefined> {
    return (await store.get<{ accountId: string }>(usernameKey(username)))?.value.accountId;
  }

  /** A name whose account was never written (a crash in between) is free. */
  async function reserve(username: string, accountId: string): Promise<boolean> {
    const owner = await ownerOf(username);
    if (owner !== undefined && (await find(owner))) return false;
    return update<{ accountId: string }, boolean>(store, usernameKey(username), (entry) =>
      entry === undefined || entry.value.accountId === owner
        ? { write: { value: { accountId } }, result: true }
        : { write: 'keep', result: false },
    );
  }

  return {
    find,

    async findByUsername(username) {
      const owner = await ownerOf(normalizeUsername(username));
      return owner === undefined ? undefined : find(owner);
    },

    async create(account, event) {
      if (!(await reserve(account.username, account.id))) return false;
      const put: Write = { kind: 'put', name: accountKey(account.id).name, value: account, expect: 'absent' };
      await store.commit(accountKey(account.id).partition, [put, appended(event)]);
      await store.commit(DIRECTORY.partition, [
        { kind: 'add', set: DIRECTORY.name, member: account.username },
      ]);
      return true;
    },

    async update(id, change) {
      return update<Account, ReturnType<typeof change>['result'] | undefined>(
        store,
        accountKey(id),
        (entry) => {
          if (!entry) return { write: 'keep', result: undefined };
          const { account, events = [], result } = change(entry.value);
          if (account === entry.value && events.length === 0) return { write: 'keep', result };
          return { write: { value: account }, alongside: events.map(appended), result };
        },
      );
    },

    async list({ after, limit }) {
      const usernames = await store.members(DIRECTORY, { limit, ...(after !== undefined && { after }) });
      const owners = await store.getMany<{ accountId: string }>(usernames.map(usernameKey));
      const keys = owners.flatMap((owner) => (owner ? [accountKey(owner.value.accountId)] : []));
      const accounts = await store.getMany<Account>(keys);
      return accounts.flatMap((entry) => (entry ? [entry.value] : []));
    },
  };
}

export function storedHistory(store: Store): History {
  return {
    async append(accountId, event) {
      await store.commit(historyKey(accountId).partition, [appended(event)]);
    },
    async of(accountId, limit) {
      const entries = await store.range<AccountEvent>(historyKey(accountId), { limit });
      return entries.map(({ value }) => value);
    },
  };
}
