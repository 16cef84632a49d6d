/** Accounts and their index by user name, over the store. */
import { type Account, normalizeUsername } from '../provider/core/account.ts';
import type { Accounts, Clock } from '../provider/flows/ports.ts';
import { consentsErased } from './consents.ts';
import { appended, historyErased } from './history.ts';
import type { Key, Store } from './store.ts';
import { update } from './update.ts';

const DIRECTORY: Key = { partition: 'directory', name: 'usernames' };
export const accountKey = (id: string): Key => ({ partition: `account:${id}`, name: 'account' });
const usernameKey = (username: string): Key => ({ partition: `username:${username}`, name: 'owner' });

interface Owner {
  readonly accountId: string;
}

/** How long a user name is held for an account that is being written: a crash in between frees it. */
const RESERVED_MS = 60_000;
/** Somebody who does not exist: looking for them takes as long as looking for anybody. */
const NOBODY = 'nobody';

export function storedAccounts(store: Store, clock: Clock): Accounts {
  async function find(id: string): Promise<Account | undefined> {
    return (await store.get<Account>(accountKey(id)))?.value;
  }

  /** Answers the version of the reservation; undefined when the name is taken. */
  async function reserve(username: string, accountId: string): Promise<string | undefined> {
    const { partition, name } = usernameKey(username);
    const expiresAt = clock.now() + RESERVED_MS;
    const value = { accountId };
    const won = await store.commit(partition, [{ kind: 'put', name, value, expiresAt, expect: 'absent' }]);
    return won ? (await store.get(usernameKey(username)))?.version : undefined;
  }

  return {
    find,

    async findByUsername(username) {
      const owner = await store.get<Owner>(usernameKey(normalizeUsername(username)));
      return find(owner?.value.accountId ?? NOBODY);
    },

    async create(account, event) {
      const { username, id } = account;
      const version = await reserve(username, id);
      if (version === undefined) return false;
      const { partition, name } = accountKey(id);
      await store.commit(partition, [
        { kind: 'put', name, value: account, expect: 'absent' },
        appended(event),
      ]);
      const owner = usernameKey(username);
      const value = { accountId: id };
      const kept = await store.commit(owner.partition, [
        { kind: 'put', name: owner.name, value, expect: { version } },
      ]);
      if (kept)
        await store.commit(DIRECTORY.partition, [{ kind: 'add', set: DIRECTORY.name, member: username }]);
      else await store.commit(partition, [{ kind: 'remove', name }]);
      return kept;
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

    async erase(id, remains) {
      const consents = await consentsErased(store, id);
      return update<Account, boolean>(store, accountKey(id), (entry) => {
        const value = entry && remains(entry.value);
        if (!value) return { write: 'keep', result: false };
        const last = { kind: 'account-closed', at: clock.now() } as const;
        return { write: { value }, alongside: [...consents, historyErased(last)], result: true };
      });
    },

    async list({ after, limit }) {
      const usernames = await store.members(DIRECTORY, { limit, ...(after !== undefined && { after }) });
      const owners = await store.getMany<Owner>(usernames.map(usernameKey));
      const keys = owners.flatMap((owner) => (owner ? [accountKey(owner.value.accountId)] : []));
      const accounts = await store.getMany<Account>(keys);
      return accounts.flatMap((entry) => (entry ? [entry.value] : []));
    },
  };
}
