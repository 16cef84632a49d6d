/** How long whoever fails has to wait. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { attempt, giveBack, type ThrottleRule, type ThrottleState } from '../../provider/core/throttle.ts';

const RULE: ThrottleRule = {
  freeTries: 4,
  firstDelayMs: 2_000,
  pauseAfter: 10,
  pauseMs: 900_000,
  forgetAfterMs: 86_400_000,
};
const NOW = 1_700_000_000_000;

/** Fails over and over, each time as soon as it is allowed; answers the waits. */
function waits(tries: number): number[] {
  let state: ThrottleState | undefined;
  let now = NOW;
  return Array.from({ length: tries }, () => {
    const admitted = attempt(state, RULE, now);
    if (!admitted.ok) throw new Error('tried too early');
    state = admitted.state;
    const wait = Math.max(0, state.blockedUntil - now);
    now += wait;
    return wait;
  });
}

describe('a throttle', () => {
  it('lets slips pass, then waits longer and longer, then pauses for fifteen minutes', () => {
    expect(waits(10)).toEqual([0, 0, 0, 0, 2_000, 4_000, 8_000, 16_000, 32_000, 900_000]);
  });

  it('never locks for good: after the pause the same round begins', () => {
    expect(waits(20).slice(10)).toEqual(waits(10));
  });

  it('refuses a blocked try without counting it', () => {
    const state = { failures: 10, blockedUntil: NOW + 1 };
    expect(attempt(state, RULE, NOW)).toEqual({ ok: false, because: 'throttled', until: NOW + 1 });
  });

  it('gives a right try back', () => {
    const first = attempt(undefined, RULE, NOW);
    expect(first.ok && giveBack(first.state, RULE)).toBeUndefined();
    expect(giveBack({ failures: 7, blockedUntil: NOW }, RULE)).toEqual({ failures: 6, blockedUntil: 0 });
  });

  it('does not lift a pause that others earned while a right try was under way', () => {
    expect(giveBack({ failures: 10, blockedUntil: NOW + 900_000 }, RULE)).toEqual({
      failures: 9,
      blockedUntil: NOW + 900_000,
    });
  });

  it('admits at most ten of any number of tries at one moment', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (tries) => {
        let state: ThrottleState | undefined;
        let admitted = 0;
        for (let i = 0; i < tries; i += 1) {
          const one = attempt(state, RULE, NOW);
          if (!one.ok) continue;
          admitted += 1;
          state = one.state;
        }
        expect(admitted).toBeLessThanOrEqual(5);
      }),
    );
  });
});
