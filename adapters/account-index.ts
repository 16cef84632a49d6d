/**
 * Accounts by e-mail address and by name, over the store: sets of small partitions, in the order of their bytes, so that
 * a page of a million is one range. An account and its entries lie in different partitions. So entries come first, then
 * the account that needs them, and old ones go last: a crash leaves entries too many, never one too few, and whoever
 * reads holds what they find against the account. Every change of an account's keys marks its entries anew, so that a
 * late removal of old ones can't meet those that another change has made since.
 */
import { type AccountKeys, foldEmail, SHORTEST_PREFIX } from '../provider/core/account-keys.ts';
import type { Key, Store, Write } from './store.ts';

export interface Entries {
  readonly accountId: string;
  readonly keys: AccountKeys;
  /** Tells these entries from those that the account had before. */
  readonly mark: string;
}

/** What an entry leads to: to be held against the account. */
export interface Lead {
  readonly accountId: string;
  readonly mark: string;
  /** Where to go on after this one. */
  readonly member: string;
}

const OWNERS = 'owners';
const NAMES = 'names';
const ownersKey = (email: string): Key => ({ partition: `email:${email}`, name: OWNERS });
/** By its first letters, so that no set and no slot holds everybody. */
const namesKey = (name: string): Key => ({
  partition: `name:${[...name].slice(0, SHORTEST_PREFIX).join('')}`,
  name: NAMES,
});

export function accountIndex(store: Store) {
  async function write(kind: 'add' | 'drop', { accountId, keys, mark }: Entries): Promise<void> {
    const lead = `${accountId}\t${mark}`;
    const ofNames = keys.names.map((name) => ({ key: namesKey(name), member: `${name}\t${lead}` }));
    const ofEmail = keys.email === undefined ? [] : [{ key: ownersKey(keys.email), member: lead }];
    const writes = [...ofEmail, ...ofNames].map(({ key, member }) => {
      const change: Write = { kind, set: key.name, member };
      return store.commit(key.partition, [change]);
    });
    await Promise.all(writes);
  }

  async function byEmail(email: string): Promise<Lead[]> {
    return (await store.members(ownersKey(foldEmail(email)))).map(leadOf);
  }

  /** Those whose name begins so, in the order of their names. */
  async function byName(prefix: string, page: { after?: string; limit: number }): Promise<Lead[]> {
    const after = page.after?.startsWith(prefix) ? page.after : prefix;
    const found = await store.members(namesKey(prefix), { after, limit: page.limit });
    return found.filter((member) => member.startsWith(prefix)).map(leadOf);
  }

  return {
    add: (entries: Entries) => write('add', entries),
    drop: (entries: Entries) => write('drop', entries),
    byEmail,
    byName,
  };
}

/** The last two of a member's parts are the account and the mark. */
function leadOf(member: string): Lead {
  const [mark = '', accountId = ''] = member.split('\t').toReversed();
  return { accountId, mark, member };
}
