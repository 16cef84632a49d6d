/** What somebody typed, over the store: sealed, theirs alone, for a while. The name of its partition tells nothing of it. */
import type { Sealed } from '../provider/core/account.ts';
import { HOUR_MS, MINUTE_MS } from '../provider/core/duration.ts';
import type { Clock, Drafts, Random, Searches, SecretBox } from '../provider/flows/ports.ts';
import { hashedId } from './oidc/at-rest.ts';
import type { Key, Store } from './store.ts';

type Typed = Readonly<Record<string, string>>;

export interface TypedPorts {
  readonly store: Store;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
}

/** In characters: larger than any form of ours. */
const LONGEST_DRAFT = 64 * 1024;

export function storedDrafts(ports: TypedPorts): Drafts {
  const { store } = ports;
  const { keep, find } = sealedTexts(ports, 15 * MINUTE_MS);
  const keyOf = (accountId: string, form: string) => ownKey('draft', 'typed', [accountId, form]);
  return {
    async keep(accountId, form, typed) {
      if (JSON.stringify(typed).length <= LONGEST_DRAFT) await keep(keyOf(accountId, form), typed);
    },

    async take(accountId, form) {
      const key = keyOf(accountId, form);
      const found = await find(key);
      if (!found) return undefined;
      const expect = { version: found.version };
      const taken = await store.commit(key.partition, [{ kind: 'remove', name: key.name, expect }]);
      return taken ? found.typed : undefined;
    },
  };
}

/** Kept for as long as somebody goes through what they found. */
export function storedSearches(ports: TypedPorts & { readonly random: Random }): Searches {
  const { keep, find } = sealedTexts(ports, 1 * HOUR_MS);
  const keyOf = (...owner: string[]) => ownKey('search', 'terms', owner);
  return {
    async keep(accountId, page, terms) {
      const reference = ports.random.id();
      await keep(keyOf(accountId, page, reference), terms);
      return reference;
    },

    find: async (accountId, page, reference) => (await find(keyOf(accountId, page, reference)))?.typed,
  };
}

function ownKey(kind: string, name: string, owner: readonly string[]): Key {
  return { partition: `${kind}:${hashedId(owner.join('\u0000'))}`, name };
}

function sealedTexts({ store, secretBox, clock }: TypedPorts, keptMs: number) {
  return {
    async keep({ partition, name }: Key, typed: Typed): Promise<void> {
      const value = secretBox.seal(JSON.stringify(typed), partition);
      await store.commit(partition, [{ kind: 'put', name, value, expiresAt: clock.now() + keptMs }]);
    },

    async find(key: Key): Promise<{ readonly typed: Typed; readonly version: string } | undefined> {
      const entry = await store.get<Sealed>(key);
      const text = entry && secretBox.open(entry.value, key.partition);
      return entry && text !== undefined ? { typed: JSON.parse(text), version: entry.version } : undefined;
    },
  };
}
