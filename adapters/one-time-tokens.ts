/** Links that work once (activation, forgotten password): only the hash of a token is stored. */
import type { Clock, OneTimeTokens, Random } from '../provider/flows/ports.ts';
import { hashedId } from './oidc/at-rest.ts';
import type { Key, Store } from './store.ts';

function tokenKey(purpose: string, token: string): Key {
  return { partition: `one-time:${purpose}:${hashedId(token)}`, name: 'payload' };
}

export function storedOneTimeTokens(store: Store, random: Random, clock: Clock): OneTimeTokens {
  return {
    async issue(purpose, payload, lifetimeMs) {
      const token = Buffer.from(random.bytes(32)).toString('base64url');
      const { partition, name } = tokenKey(purpose, token);
      await store.commit(partition, [
        { kind: 'put', name, value: payload, expiresAt: clock.now() + lifetimeMs },
      ]);
      return token;
    },
    async redeem<T>(purpose: string, token: string) {
      const key = tokenKey(purpose, token);
      const entry = await store.get<T>(key);
      if (!entry) return undefined;
      const { version } = entry;
      const won = await store.commit(key.partition, [
        { kind: 'remove', name: key.name, expect: { version } },
      ]);
      return won ? entry.value : undefined;
    },
  };
}
