/** The states of a signing key, by the clock alone. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  advanced,
  algorithmsDue,
  promoted,
  published,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
  type SigningKey,
  signerOf,
  stateOf,
} from '../../provider/core/signing-key.ts';

const HOUR = 3_600_000;
const SCHEDULE = { rotateAfterMs: 1000 * HOUR, publishedMs: 24 * HOUR, retiredMs: 100 * HOUR };
const SEALED = { keyId: 'k', iv: 'i', data: 'd' };

let made = 0;
const newKey = (alg: SigningAlgorithm) => ({ kid: `kid-${++made}`, alg, sealed: SEALED });

/** What an instance does at `now`. */
function looked(keys: readonly SigningKey[], now: number, schedule = SCHEDULE): readonly SigningKey[] {
  return advanced(published(keys, algorithmsDue(keys, schedule, now).map(newKey), now), schedule, now);
}

const states = (keys: readonly SigningKey[], alg: SigningAlgorithm) =>
  keys.filter((key) => key.alg === alg).map(stateOf);

it('the first start has a key for each algorithm, and they sign at once', () => {
  const keys = looked([], 0);
  expect(keys.map(({ alg }) => alg)).toEqual([...SIGNING_ALGORITHMS]);
  expect(keys.map(stateOf)).toEqual(['signing', 'signing', 'signing', 'signing']);
  expect(looked(keys, HOUR)).toBe(keys);
});

it('published -> signing -> retired -> gone, each after its time and not a millisecond before', () => {
  const first = looked([], 0);
  const at = (keys: readonly SigningKey[], now: number) => {
    const next = looked(keys, now);
    return { next, states: states(next, 'ES256') };
  };
  expect(at(first, 1000 * HOUR - 1).states).toEqual(['signing']);
  const second = at(first, 1000 * HOUR);
  expect(second.states).toEqual(['signing', 'published']);
  expect(at(second.next, 1024 * HOUR - 1).states).toEqual(['signing', 'published']);
  const third = at(second.next, 1024 * HOUR);
  expect(third.states).toEqual(['retired', 'signing']);
  expect(at(third.next, 1124 * HOUR - 1).states).toEqual(['retired', 'signing']);
  expect(at(third.next, 1124 * HOUR).states).toEqual(['signing']);
});

it('without a schedule no key ever gets a successor', () => {
  const never = { ...SCHEDULE, rotateAfterMs: Number.POSITIVE_INFINITY };
  const keys = looked([], 0, never);
  expect(looked(keys, 1e15, never)).toBe(keys);
});

describe('a key of before, which two algorithms share', () => {
  const shared: SigningKey = {
    ...newKey('RS256'),
    alsoSigns: ['PS256'],
    publishedAt: 0,
    signingAt: 0,
  };

  it('signs for the other until its own key has waited', () => {
    const keys = looked([shared], 0);
    expect(states(keys, 'PS256')).toEqual(['published']);
    expect(signerOf(keys, 'PS256')?.kid).toBe(shared.kid);
    const later = looked(keys, 24 * HOUR);
    expect(signerOf(later, 'PS256')?.alg).toBe('PS256');
    expect(signerOf(later, 'RS256')?.kid).toBe(shared.kid);
  });

  it('leaves no algorithm without a key when it retires before that', () => {
    const keys = published(looked([shared], 0), [newKey('RS256')], HOUR);
    const successor = keys.find(({ alg, signingAt }) => alg === 'RS256' && signingAt === undefined);
    const after = advanced(promoted(keys, successor!.kid, HOUR), SCHEDULE, HOUR);
    expect(signerOf(after, 'PS256')?.alg).toBe('PS256');
  });
});

it('whenever instances look, one key signs for each algorithm, it has waited, and what it signed stays verifiable', () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(pauses, (hours) => {
      const schedule = { rotateAfterMs: 50 * HOUR, publishedMs: 24 * HOUR, retiredMs: 100 * HOUR };
      let now = 0;
      let keys = looked([], now, schedule);
      const founders = new Set(keys.map(({ kid }) => kid));
      for (const pause of hours) {
        const before = keys;
        now += pause * HOUR;
        keys = looked(keys, now, schedule);
        for (const alg of SIGNING_ALGORITHMS) {
          expect(keys.filter((key) => key.alg === alg && stateOf(key) === 'signing')).toHaveLength(1);
          const signer = signerOf(keys, alg)!;
          if (!founders.has(signer.kid))
            expect(signer.signingAt! - signer.publishedAt).toBeGreaterThanOrEqual(24 * HOUR);
          expect(keys).toContainEqual(expect.objectContaining({ kid: signerOf(before, alg)!.kid }));
        }
      }
    }),
  );
});
