/** Initial access tokens over the store: only the hash of a token is kept, and it is also what they are called by. */
import type { InitialAccessTokens, IssuedAccess, Random } from '../provider/flows/ports.ts';
import { hashedId } from './oidc/at-rest.ts';
import type { Key, Store } from './store.ts';

const DIRECTORY: Key = { partition: 'directory', name: 'initial-access-tokens' };
/** In hexadecimal, so that it is never taken for an option on a command line. */
const idOf = (token: string) => Buffer.from(hashedId(token), 'base64url').toString('hex');
const tokenKey = (id: string): Key => ({ partition: `initial-access:${id}`, name: 'access' });

type Kept = Omit<IssuedAccess, 'id'>;

export function storedInitialAccessTokens(store: Store, random: Random): InitialAccessTokens {
  /** Of any number of callers one wins. */
  async function take(id: string): Promise<boolean> {
    const key = tokenKey(id);
    const entry = await store.get<Kept>(key);
    if (!entry) return false;
    const expect = { version: entry.version };
    const won = await store.commit(key.partition, [{ kind: 'remove', name: key.name, expect }]);
    if (won) await store.commit(DIRECTORY.partition, [{ kind: 'drop', set: DIRECTORY.name, member: id }]);
    return won;
  }

  return {
    async issue(access) {
      const token = Buffer.from(random.bytes(32)).toString('base64url');
      const id = idOf(token);
      const { expiresAt } = access;
      const { partition, name } = tokenKey(id);
      await store.commit(partition, [{ kind: 'put', name, value: access, expiresAt }]);
      await store.commit(DIRECTORY.partition, [{ kind: 'add', set: DIRECTORY.name, member: id, expiresAt }]);
      return { token, id };
    },
    async find(token) {
      return (await store.get<Kept>(tokenKey(idOf(token))))?.value.agreement;
    },
    spend: (token) => take(idOf(token)),
    withdraw: take,
    async list() {
      const ids = await store.members(DIRECTORY);
      const entries = await store.getMany<Kept>(ids.map(tokenKey));
      const found = entries.flatMap((entry, at) => (entry ? [{ ...entry.value, id: ids[at] ?? '' }] : []));
      return found.toSorted((one, other) => one.expiresAt - other.expiresAt);
    },
  };
}
