/** The keys that sign tokens, in the store that all instances share: one document, each key sealed by itself. */
import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Sealed } from '../provider/core/account.ts';
import type { SigningAlgorithm, SigningKey } from '../provider/core/signing-key.ts';
import type { PrivateJwk, Random, SigningKeyStore } from '../provider/flows/ports.ts';
import type { Key, Store } from './store.ts';
import { update } from './update.ts';

const KEYS: Key = { partition: 'keys', name: 'signing' };
const TOPIC = 'signing-keys';
const RSA_BITS = 3072;

interface Stored {
  readonly keys: readonly SigningKey[];
}

/** `upgraded` makes keys of what version 0.1 stored: a key set sealed as a whole. */
export function storedSigningKeys(
  store: Store,
  upgraded: (sealed: Sealed) => readonly SigningKey[],
): SigningKeyStore {
  const keysIn = (value: Stored | Sealed | undefined) => {
    if (!value) return [];
    return 'keys' in value ? value.keys : upgraded(value);
  };
  return {
    async load() {
      return keysIn((await store.get<Stored | Sealed>(KEYS))?.value);
    },

    async update(change) {
      const { keys, written } = await update<Stored | Sealed, Stored & { written: boolean }>(
        store,
        KEYS,
        (entry) => {
          const before = keysIn(entry?.value);
          const keys = change(before);
          const written = keys !== before;
          return { write: written ? { value: { keys } } : 'keep', result: { keys, written } };
        },
      );
      // What is written is written: whoever misses the notice looks within a minute.
      if (written) await store.notify(TOPIC, '').catch(() => undefined);
      return keys;
    },

    onChange: (listener) => store.onNotice(TOPIC, listener),
  };
}

const generate = promisify(generateKeyPair);

const PAIR_OF: Readonly<Record<SigningAlgorithm, () => Promise<{ privateKey: KeyObject }>>> = {
  ES256: () => generate('ec', { namedCurve: 'P-256' }),
  RS256: () => generate('rsa', { modulusLength: RSA_BITS }),
  PS256: () => generate('rsa', { modulusLength: RSA_BITS }),
  EdDSA: () => generate('ed25519'),
};

/** A private JWK (RFC 7517) with a `kid` of its own. */
export async function newSigningKey(alg: SigningAlgorithm, random: Random): Promise<PrivateJwk> {
  const { privateKey } = await PAIR_OF[alg]();
  return { ...privateKey.export({ format: 'jwk' }), kid: random.id(), use: 'sig', alg };
}
