/** Accounts over the store, found by id, user name, e-mail address and name. */
import { type Account, normalizeUsername } from '../provider/core/account.ts';
import { foldName, keysOf, SHORTEST_PREFIX, sameKeys, sameMother } from '../provider/core/account-keys.ts';
import type { Mail } from '../provider/core/mail.ts';
import {
  type Accounts,
  type Change,
  type Clock,
  CorruptRecord,
  type Random,
} from '../provider/flows/ports.ts';
import { accountIndex, type Entries, type Lead } from './account-index.ts';
import { accountKey } from './account-partition.ts';
import { consentsErased } from './consents.ts';
import { appended, historyErased } from './history.ts';
import { NO_LETTERS, type Owing } from './owed-letters.ts';
import { nameOf } from './record.ts';
import type { Write } from './store.ts';
import { systemRandom } from './system.ts';
import { type Updatable, update } from './update.ts';
import { usernames } from './usernames.ts';

/** As it lies in the store: with the mark of its entries in the index, none where it never had any. */
interface StoredAccount extends Account {
  readonly indexMark?: string;
}

/** What has to be there before a change may be: a crash in between leaves too much, never too little. */
interface Before {
  readonly entries?: Entries;
  readonly owing?: Owing;
}

/** What a change lacks of that. */
interface Lacking {
  readonly entries?: Entries;
  readonly owing?: true;
}

type Attempted<R> =
  | { readonly lacks: Lacking }
  | { readonly result: R; readonly old: readonly Entries[]; readonly letters: readonly Mail[] };

/** Somebody who does not exist: looking for them takes as long as looking for anybody. */
const NOBODY = 'nobody';

/** Tells the entries of one account from its own of before: no more than that, so 36 bits are enough. */
const markOf = (random: Random) => random.id().slice(0, 6);

/** More people of one name, birthday and mother than this are a mistake already. */
const NAMESAKES = 100;

export interface AccountsOptions {
  /** Whose changes owe none needs none. */
  readonly letters?: typeof NO_LETTERS;
  readonly random?: Random;
}

export function storedAccounts(
  store: Updatable,
  clock: Clock,
  { letters: owed = NO_LETTERS, random = systemRandom }: AccountsOptions = {},
): Accounts {
  const index = accountIndex(store);
  const names = usernames(store, clock);

  async function find(id: string): Promise<Account | undefined> {
    const account = (await store.get<Account>(accountKey(id)))?.value;
    if (account && account.id !== id) throw new CorruptRecord(nameOf(accountKey(id)));
    return account;
  }

  /** Unless the same account was created by somebody else at the same time. */
  async function withdraw({ id, username }: Account): Promise<void> {
    if ((await names.ownerOf(username)) === id) return;
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

  /** The entries that the account needs; none where those that it has will do. */
  function newEntries(account: Account, before: StoredAccount): Entries | undefined {
    const keys = keysOf(account);
    if (before.indexMark !== undefined && sameKeys(keys, keysOf(before))) return undefined;
    return { accountId: before.id, keys, mark: markOf(random) };
  }

  /** Carries a change out, or answers what has to be there before it may be. */
  function attempt<R>(
    id: string,
    change: (account: Account) => Change<R>,
    made: Before,
  ): Promise<Attempted<R> | undefined> {
    return update<StoredAccount, Attempted<R> | undefined>(store, accountKey(id), (entry) => {
      if (!entry) return { write: 'keep', result: undefined };
      const before = entry.value;
      const changed = change(before);
      const { account, letters = [], result } = changed;
      if (isNothing(changed, before)) return { write: 'keep', result: { result, old: [], letters } };
      const entries = newEntries(account, before);
      const lacks = lacking(entries, letters, made);
      if (lacks) return { write: 'keep', result: { lacks } };
      const mark = entries && made.entries && { indexMark: made.entries.mark };
      const old = entries ? marked(before) : [];
      const alongside = [...(changed.events ?? []).map(appended), ...keptOf(made.owing, letters)];
      return { write: { value: { ...account, ...mark } }, alongside, result: { result, old, letters } };
    });
  }

  function keptOf(owing: Owing | undefined, letters: readonly Mail[]): Write[] {
    return owing && letters.length > 0 ? [owed.kept(owing, letters)] : [];
  }

  async function prepared(id: string, { entries, owing }: Lacking): Promise<Before> {
    const [, announced] = await Promise.all([entries && index.add(entries), owing && owed.announce(id)]);
    return { ...(entries && { entries }), ...(announced && { owing: announced }) };
  }

  return {
    find,

    expectUsername: names.expect,

    async findByUsername(username) {
      return find((await names.ownerOf(normalizeUsername(username))) ?? NOBODY);
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
      const folded = keysOf({ email: '', person }).names;
      if (person.birthdate === undefined) return [];
      const leads = await Promise.all(folded.map((name) => index.byName(`${name}\t`, { limit: NAMESAKES })));
      return (await followed(leads.flat())).filter((account) => sameMother(account.person, person));
    },

    async create(account, event) {
      const { username, id } = account;
      const version = await names.reserve(username, id);
      if (version === undefined) return false;
      const { partition, name } = accountKey(id);
      const indexMark = markOf(random);
      await Promise.all([...marked(account, indexMark).map(index.add), names.list(username)]);
      await store.commit(partition, [
        { kind: 'put', name, value: { ...account, indexMark }, expect: 'absent' },
        appended(event),
      ]);
      const kept = await names.keep(username, id, version);
      if (!kept) await withdraw(account);
      return kept;
    },

    async update(id, change) {
      let before: Before = {};
      for (;;) {
        const outcome = await attempt(id, change, before);
        if (!outcome) return undefined;
        if ('result' in outcome) {
          const { result, old, letters } = outcome;
          if (before.owing && letters.length > 0) owed.send(before.owing, letters);
          await Promise.all(old.map(index.drop));
          return result;
        }
        before = { ...before, ...(await prepared(id, outcome.lacks)) };
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
      const ids = await names.owners({ limit, ...(after !== undefined && { after }) });
      const accounts = await store.getMany<Account>(ids.map(accountKey));
      return accounts.flatMap((entry) => (entry ? [entry.value] : []));
    },
  };
}

function isNothing<R>({ account, events = [], letters = [] }: Change<R>, before: Account): boolean {
  return account === before && events.length + letters.length === 0;
}

function lacking(entries: Entries | undefined, letters: readonly Mail[], made: Before): Lacking | undefined {
  const wants = entries && !(made.entries && sameKeys(entries.keys, made.entries.keys));
  const owing = letters.length > 0 && !made.owing;
  return wants || owing ? { ...(wants && { entries }), ...(owing && { owing }) } : undefined;
}
