/**
 * Who has which user name, over the store. It lies in another partition than the account, so it is reserved for a minute
 * before the account is written, and made final after: a crash in between frees it.
 */
import type { Clock } from '../provider/flows/ports.ts';
import type { Key } from './store.ts';
import type { Updatable } from './update.ts';

const DIRECTORY: Key = { partition: 'directory', name: 'usernames' };
const keyOf = (username: string): Key => ({ partition: `username:${username}`, name: 'owner' });

interface Owner {
  readonly accountId: string;
}

const RESERVED_MS = 60_000;

/** All names as `normalizeUsername` writes them. */
export function usernames(store: Updatable, clock: Clock) {
  const ownerOf = (username: string) => store.get<Owner>(keyOf(username));

  return {
    /** The owner will be asked for: whatever else is asked for goes with it. */
    expect: (username: string) => store.prepare?.([keyOf(username)]),

    /** The id of the account. */
    ownerOf: async (username: string) => (await ownerOf(username))?.value.accountId,

    /** Answers the version of the reservation, which a crash may have left; undefined when the name is taken. */
    async reserve(username: string, accountId: string): Promise<string | undefined> {
      const { partition, name } = keyOf(username);
      const expiresAt = clock.now() + RESERVED_MS;
      const value = { accountId };
      await store.commit(partition, [{ kind: 'put', name, value, expiresAt, expect: 'absent' }]);
      const owner = await ownerOf(username);
      const held = owner?.value.accountId === accountId && owner.expiresAt !== undefined;
      return held ? owner.version : undefined;
    },

    /** Before the account is written: one too many does no harm. */
    async list(username: string): Promise<void> {
      await store.commit(DIRECTORY.partition, [{ kind: 'add', set: DIRECTORY.name, member: username }]);
    },

    /** Makes a reservation final; false when it ran out meanwhile. */
    keep(username: string, accountId: string, version: string): Promise<boolean> {
      const { partition, name } = keyOf(username);
      return store.commit(partition, [{ kind: 'put', name, value: { accountId }, expect: { version } }]);
    },

    /** The ids of accounts in the order of their names. */
    async owners(page: { after?: string; limit: number }): Promise<string[]> {
      const names = await store.members(DIRECTORY, page);
      const owners = await store.getMany<Owner>(names.map(keyOf));
      return owners.flatMap((owner) => (owner ? [owner.value.accountId] : []));
    },
  };
}
