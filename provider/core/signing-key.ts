/**
 * The life of a key that signs tokens: published -> signing -> retired -> gone. What state it is in follows from its
 * times. A key signs only after every portal that caches the key set, and every instance, has had time to see it; it
 * stays in the set until nothing that it signed is of use any more. So nobody ever meets a key that they can't find.
 */
import type { Sealed } from './account.ts';

/** Each has keys of its own: a key is used with one algorithm (RFC 8725 §3.1). */
export const SIGNING_ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;

export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** All times are milliseconds since the epoch. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  /** Signed for by this key as well, until that algorithm has one of its own: keys of before 0.2 were shared. */
  readonly alsoSigns?: readonly SigningAlgorithm[];
  /** The private JWK (RFC 7517). */
  readonly sealed: Sealed;
  readonly publishedAt: number;
  readonly signingAt?: number;
  readonly retiredAt?: number;
}

export type NewSigningKey = Pick<SigningKey, 'kid' | 'alg' | 'sealed'>;

export type KeyState = 'published' | 'signing' | 'retired';

export interface KeySchedule {
  /** A key that has signed for so long gets a successor; Infinity: only when somebody says so. */
  readonly rotateAfterMs: number;
  /** How long a key is in the set before it signs: longer than portals cache the set. */
  readonly publishedMs: number;
  /** How long it stays in the set when it no longer signs: longer than anything lives that it signed. */
  readonly retiredMs: number;
}

type Keys = readonly SigningKey[];

export function stateOf({ signingAt, retiredAt }: SigningKey): KeyState {
  if (retiredAt !== undefined) return 'retired';
  return signingAt === undefined ? 'published' : 'signing';
}

/** The key of an algorithm's new tokens: its own rather than a shared one. */
export function signerOf(keys: Keys, alg: SigningAlgorithm): SigningKey | undefined {
  const signing = keys.filter((key) => stateOf(key) === 'signing');
  return signing.find((key) => key.alg === alg) ?? signing.find((key) => key.alsoSigns?.includes(alg));
}

/** The successor that waits for its time. */
export function successorOf(keys: Keys, alg: SigningAlgorithm): SigningKey | undefined {
  return keys.find((key) => key.alg === alg && stateOf(key) === 'published');
}

/** The algorithms for which a key must be made now. */
export function algorithmsDue(keys: Keys, { rotateAfterMs }: KeySchedule, now: number): SigningAlgorithm[] {
  return SIGNING_ALGORITHMS.filter((alg) => {
    if (successorOf(keys, alg)) return false;
    const signer = signerOf(keys, alg);
    return signer?.alg !== alg || now - (signer.signingAt ?? now) >= rotateAfterMs;
  });
}

/** Publishes new keys. One that comes too late, since another instance was faster, is left out. */
export function published(keys: Keys, made: readonly NewSigningKey[], now: number): Keys {
  const wanted = made.filter(({ alg }) => !successorOf(keys, alg));
  return wanted.length === 0 ? keys : [...keys, ...wanted.map((key) => ({ ...key, publishedAt: now }))];
}

/** Everything whose time has come; the same array when nothing has. */
export function advanced(keys: Keys, schedule: KeySchedule, now: number): Keys {
  const ready = keys.filter(
    (key) =>
      stateOf(key) === 'published' &&
      (now - key.publishedAt >= schedule.publishedMs || !signerOf(keys, key.alg)),
  );
  const signing = ready.reduce<Keys>((all, { kid }) => promoted(all, kid, now), keys);
  const kept = signing.filter(({ retiredAt = now }) => now - retiredAt < schedule.retiredMs);
  return kept.length === signing.length ? signing : kept;
}

/** Lets a published key sign; the one that signed before is retired. */
export function promoted(keys: Keys, kid: string, now: number): Keys {
  const successor = keys.find((key) => key.kid === kid && stateOf(key) === 'published');
  if (!successor) return keys;
  return keys.map((key) => {
    if (key === successor) return { ...key, signingAt: now };
    return key.alg === successor.alg && stateOf(key) === 'signing' ? { ...key, retiredAt: now } : key;
  });
}

/** Takes a key out of the set: what it signed is refused from now on. */
export function withoutKey(keys: Keys, kid: string): Keys {
  return keys.filter((key) => key.kid !== kid);
}
