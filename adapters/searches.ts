/** What staff look for, over the store: sealed, under a reference that leads the one who searched to it and nobody else. */
import type { Sealed } from '../provider/core/account.ts';
import type { Clock, Random, Searches, SecretBox } from '../provider/flows/ports.ts';
import { hashedId } from './oidc/at-rest.ts';
import type { Key, Store } from './store.ts';

/** As long as somebody goes through what they found. */
const KEPT_MS = 60 * 60_000;

const partitionOf = (...parts: readonly string[]) => `search:${hashedId(parts.join('\u0000'))}`;
const keyIn = (partition: string): Key => ({ partition, name: 'terms' });

export function storedSearches(store: Store, box: SecretBox, clock: Clock, random: Random): Searches {
  return {
    async keep(accountId, page, terms) {
      const reference = random.id();
      const partition = partitionOf(accountId, page, reference);
      const value = box.seal(JSON.stringify(terms), partition);
      const expiresAt = clock.now() + KEPT_MS;
      await store.commit(partition, [{ kind: 'put', name: keyIn(partition).name, value, expiresAt }]);
      return reference;
    },

    async find(accountId, page, reference) {
      const partition = partitionOf(accountId, page, reference);
      const entry = await store.get<Sealed>(keyIn(partition));
      const text = entry && box.open(entry.value, partition);
      return text === undefined ? undefined : JSON.parse(text);
    },
  };
}
