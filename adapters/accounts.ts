/** Accounts over the store, found by id, user name, e-mail address and name. */
import { type Account, normalizeUsername } from '../provider/core/account.ts';
import { foldName, keysOf, SHORTEST_PREFIX, sameKeys, sameMother } from '../provider/core/account-keys.ts';
import {
  type Accounts,
  type Change,
  type Clock,
  CorruptRecord,
  type Random,
} from '../provider/flows/ports.ts';
import { accountIndex, type Entries, type Lead } from './account-index.ts';
import { consentsErased } from './consents.ts';
import { appended, historyErased } from './history.ts';
import { nameOf } from './record.ts';
import type { Key, Store } from './store.ts';
import { systemRandom } from './system.ts';
import { update } from './update.ts';

const DIRECTORY: Key = { partition: 'directory', name: 'usernames' };
export const accountKey = (id: string): Key => ({ partition: `account:${id}`, name: 'account' });
const usernameKey = (username: string): Key => ({ partition: `username:${username}`, name: 'owner' });

interface Owner {
  readonly accountId: string;
}

/** As it lies in the store: with the mark of its entries in the index, none where it never had any. */
interface StoredAccount extends Account {
  readonly indexMark?: string;
}

/** How long a user name is held for an account that is being written: a crash in between frees it. */
const RESERVED_MS = 60_000;
/** Somebody who does not exist: looking for them takes as long as looking for anybody. */
const NOBODY = 'nobody';

/** More people of one name, birthday and mother than this are a mistake already. */
const NAMESAKES = 100;

export function storedAccounts(store: Store, clock: Clock, random: Random = systemRandom): Accounts {
  const index = accountIndex(store);

  async function find(id: string): Promise<Account | undefined> {
    const account = (await store.get<Account>(accountKey(id)))?.value;
    if (account && account.id !== id) throw new CorruptRecord(nameOf(accountKey(id)));
    return account;
  }

  /** Answers the version of the reservation, which a crash may have left; undefined when the name is taken. */
  async function reserve(username: string, accountId: string): Promise<string | undefined> {
    const { partition, name } = usernameKey(username);
    const expiresAt = clock.now() + RESERVED_MS;
    const value = { accountId };
    await store.commit(partition, [{ kind: 'put', name, value, expiresAt, expect: 'absent' }]);
    const owner = await store.get<Owner>(usernameKey(username));
    const held = owner?.value.accountId === accountId && owner.expiresAt !== undefined;
    return held ? owner.version : undefined;
  }

  /** Unless the same account was created by somebody else at the same time. */
  async function withdraw({ id, username }: Account): Promise<void> {
    const owner = await store.get<Owner>(usernameKey(username));
    if (owner?.value.accountId === id) return;
    const { partition, name } = accountKey(id);
    await store.commit(partition, [{ kind: 'remove', name }]);
  }

  function marked(account: StoredAccount, mark = account.indexMark): Entries[] {
    return mark === undefined ? [] : [{ accountId: account.id, keys: keysOf(account), mark }];
  }

  /** What entries lead to, without those that no longer count, each account once. */
  async function followed(leads: readonly Lead[]): Promise<Account[]> {
    const entries = await store.getMany<StoredAccount>(leads.map(({ accountId }) => accountKey(accountId)));
    const found = entries.flatMap((entry, at) =>
      entry && entry.value.indexMark === leads[at]?.mark ? [entry.value] : [],
    );
    return [...new Map(found.map((account) => [account.id, account])).values()];
  }

  /** Carries a change out, or answers which entries have to be there before it may be. */
  function attempt<R>(
    id: string,
    change: (account: Account) => Change<R>,
    prepared: Entries | undefined,
  ): Promise<{ lacks: Entries } | { result: R; old: Entries[] } | undefined> {
    return update<StoredAccount, { lacks: Entries } | { result: R; old: Entries[] } | undefined>(
      store,
      accountKey(id),
      (entry) => {
        if (!entry) return { write: 'keep', result: undefined };
        const { account, events = [], result } = change(entry.value);
        const before = entry.value;
        if (account === before && events.length === 0) return { write: 'keep', result: { result, old: [] } };
        const keys = keysOf(account);
        const alongside = events.map(appended);
        if (before.indexMark !== undefined && sameKeys(keys, keysOf(before)))
          return { write: { value: account }, alongside, result: { result, old: [] } };
        if (!prepared || !sameKeys(keys, prepared.keys))
          return { write: 'keep', result: { lacks: { accountId: id, keys, mark: random.id() } } };
        const value = { ...account, indexMark: prepared.mark };
        return { write: { value }, alongside, result: { result, old: marked(before) } };
      },
    );
  }

  return {
    find,

    async findByUsername(username) {
      const owner = await store.get<Owner>(usernameKey(normalizeUsername(username)));
      return find(owner?.value.accountId ?? NOBODY);
    },

    async findByEmail(email) {
      return followed(await index.byEmail(email));
    },

    async findByName(typed, { after, limit }) {
      const prefix = foldName(typed);
      if ([...prefix].length < SHORTEST_PREFIX) return { accounts: [] };
      const leads = await index.byName(prefix, { limit, ...(after !== undefined && { after }) });
      const next = leads.length < limit ? undefined : leads.at(-1)?.member;
      return { accounts: await followed(leads), ...(next !== undefined && { next }) };
    },

    async namesakes(person) {
      const { names } = keysOf({ email: '', person });
      if (person.birthdate === undefined) return [];
      const leads = await Promise.all(names.map((name) => index.byName(`${name}\t`, { limit: NAMESAKES })));
      return (await followed(leads.flat())).filter((account) => sameMother(account.person, person));
    },

    async create(account, event) {
      const { username, id } = account;
      const version = await reserve(username, id);
      if (version === undefined) return false;
      const { partition, name } = accountKey(id);
      const indexMark = random.id();
      await Promise.all([
        ...marked(account, indexMark).map(index.add),
        store.commit(DIRECTORY.partition, [{ kind: 'add', set: DIRECTORY.name, member: username }]),
      ]);
      await store.commit(partition, [
        { kind: 'put', name, value: { ...account, indexMark }, expect: 'absent' },
        appended(event),
      ]);
      const owner = usernameKey(username);
      const value = { accountId: id };
      const kept = await store.commit(owner.partition, [
        { kind: 'put', name: owner.name, value, expect: { version } },
      ]);
      if (!kept) await withdraw(account);
      return kept;
    },

    async update(id, change) {
      let prepared: Entries | undefined;
      for (;;) {
        const outcome = await attempt(id, change, prepared);
        if (!outcome) return undefined;
        if ('result' in outcome) {
          await Promise.all(outcome.old.map(index.drop));
          return outcome.result;
        }
        prepared = outcome.lacks;
        await index.add(prepared);
      }
    },

    async erase(id, remains) {
      const consents = await consentsErased(store, id);
      const old = await update<StoredAccount, Entries[] | undefined>(store, accountKey(id), (entry) => {
        const value = entry && remains(entry.value);
        if (!value) return { write: 'keep', result: undefined };
        const last = { kind: 'account-closed', at: clock.now() } as const;
        const alongside = [...consents, historyErased(last)];
        return { write: { value }, alongside, result: marked(entry.value) };
      });
      await Promise.all((old ?? []).map(index.drop));
      return old !== undefined;
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
