/** The keys that sign tokens: made, rotated by the schedule or by hand, retired. Any number of instances may do it at once. */
import type { Sealed } from '../core/account.ts';
import {
  advanced,
  algorithmsDue,
  type KeySchedule,
  promoted,
  published,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
  type SigningKey,
  signerOf,
  stateOf,
  successorOf,
  withoutKey,
} from '../core/signing-key.ts';
import type { Clock, PrivateJwk, SealedPlace, SecretBox, SigningKeyStore } from './ports.ts';

export interface SigningKeyPorts {
  readonly signingKeyStore: SigningKeyStore;
  readonly secretBox: SecretBox;
  /** Takes up to a second of another thread. */
  readonly makeKey: (alg: SigningAlgorithm) => Promise<PrivateJwk>;
  readonly clock: Clock;
}

type Keys = readonly SigningKey[];

export type SigningKeys = ReturnType<typeof signingKeys>;

/** What binds a sealed key to its place: it opens nowhere else. */
export function keyContext(kid: string): string {
  return `signing-key:${kid}`;
}

export function signingKeys(ports: SigningKeyPorts, schedule: KeySchedule) {
  const { signingKeyStore, secretBox, makeKey, clock } = ports;

  async function made(algorithms: readonly SigningAlgorithm[]) {
    const keys = await Promise.all(algorithms.map(makeKey));
    return keys.map((jwk) => ({
      kid: jwk.kid,
      alg: jwk.alg,
      sealed: secretBox.seal(JSON.stringify(jwk), keyContext(jwk.kid)),
    }));
  }

  /** Does whatever is due; every instance may try, once it is done there is nothing left to do. */
  async function carryOut(): Promise<Keys> {
    const fresh = await made(algorithmsDue(await signingKeyStore.load(), schedule, clock.now()));
    // Making them took a while, and a key waits from when it can be seen.
    const now = clock.now();
    return signingKeyStore.update((keys) => {
      // Another instance may have been faster.
      const due = algorithmsDue(keys, schedule, now);
      const needed = fresh.filter(({ alg }) => due.includes(alg));
      return advanced(published(keys, needed, now), schedule, now);
    });
  }

  /** Publishes successors, which sign in their time or, with `atOnce`, now: portals then meet a key they have to fetch. */
  async function rotate(algorithms: readonly SigningAlgorithm[], atOnce: boolean): Promise<Keys> {
    const before = await signingKeyStore.load();
    const fresh = await made(algorithms.filter((alg) => !successorOf(before, alg)));
    const now = clock.now();
    return signingKeyStore.update((keys) => {
      const all = advanced(published(keys, fresh, now), schedule, now);
      return atOnce ? algorithms.reduce((some, alg) => signedBySuccessor(some, alg, now), all) : all;
    });
  }

  /**
   * A signing key leaves its place to its successor at once and stays in the set for what it has signed; with
   * `atOnce`, as for a key that leaked, it is gone. A published one is gone in any case. Undefined: no such key.
   */
  async function retire(kid: string, atOnce: boolean): Promise<Keys | undefined> {
    const before = await signingKeyStore.load();
    const found = before.find((key) => key.kid === kid);
    if (!found) return undefined;
    if (stateOf(found) === 'signing') await rotate(signedBy(before, found), true);
    const gone = atOnce || stateOf(found) === 'published';
    return gone ? signingKeyStore.update((keys) => withoutKey(keys, kid)) : signingKeyStore.load();
  }

  /** Private JWKs for oidc-provider. Throws when one can't be opened with SECRET_KEYS. */
  function jwks(keys: Keys): { keys: PrivateJwk[] } {
    return { keys: keys.map((key) => usable(key, opened(secretBox, key))) };
  }

  const { load: list, onChange } = signingKeyStore;
  return { list, onChange, carryOut, rotate, retire, jwks };
}

/** Where the keys themselves lie sealed. */
export function sealedSigningKeys(signingKeyStore: SigningKeyStore): SealedPlace {
  return {
    name: 'signing keys',
    async *visit(visitor) {
      const made = new Map<string, Sealed>();
      for (const { kid, sealed } of await signingKeyStore.load())
        made.set(kid, visitor(sealed, keyContext(kid)));
      await signingKeyStore.update((keys) => {
        const next = keys.map((key) => ({ ...key, sealed: made.get(key.kid) ?? key.sealed }));
        return next.some(({ sealed }, place) => sealed !== keys[place]?.sealed) ? next : keys;
      });
      yield;
    },
  };
}

function signedBySuccessor(keys: Keys, alg: SigningAlgorithm, now: number): Keys {
  const successor = successorOf(keys, alg);
  return successor ? promoted(keys, successor.kid, now) : keys;
}

/** All that a key signs for: its own algorithm, and those that have none of their own. */
function signedBy(keys: Keys, { kid }: SigningKey): SigningAlgorithm[] {
  return SIGNING_ALGORITHMS.filter((alg) => signerOf(keys, alg)?.kid === kid);
}

function opened(box: SecretBox, { kid, sealed }: SigningKey): PrivateJwk {
  const text = box.open(sealed, keyContext(kid));
  if (text === undefined) throw new Error(`the signing key ${kid} can not be opened with SECRET_KEYS`);
  return JSON.parse(text) as PrivateJwk;
}

/** RFC 7517 §4.3: by `key_ops` oidc-provider signs with nothing but what signs, and verifies with all. */
function usable(key: SigningKey, jwk: PrivateJwk): PrivateJwk {
  return stateOf(key) === 'signing' ? jwk : { ...jwk, key_ops: ['verify'] };
}
