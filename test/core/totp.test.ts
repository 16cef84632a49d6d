/** Codes of an authenticator app, with the vectors of RFC 6238. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { generateSync } from 'otplib';
import type { Account } from '../../provider/core/account.ts';
import {
  acceptCode,
  type CodeLimits,
  codeAdmitted,
  countFailure,
  keyUri,
  matchCode,
  normalizeCode,
} from '../../provider/core/totp.ts';
import { anAccount, anAuthenticator } from '../support/accounts.ts';

/** `12345678901234567890` in Base32: the secret of the vectors of RFC 6238 appendix B and RFC 4226 appendix D. */
const RFC_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const LIMITS: CodeLimits = { pauseAfter: 5, pauseMs: 900_000, maxInARow: 100 };
const NOW = 1_700_000_000_000;

const codeAt = (now: number) => generateSync({ secret: RFC_SECRET, epoch: Math.floor(now / 1000) });
const inWindow = (timeStep: number) => [
  { authenticatorId: 'a', match: { kind: 'in-window', timeStep } as const },
];
const account = (changes: Partial<Account> = {}) =>
  anAccount({ authenticators: [anAuthenticator({ id: 'a', lastTimeStep: 100 })], ...changes });

describe('RFC 6238 appendix B (SHA-1, last six digits)', () => {
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at %d s accepts %s, also beyond 2038', (seconds, code) => {
    const match = matchCode(RFC_SECRET, code, seconds * 1000);
    expect(match).toEqual({ kind: 'in-window', timeStep: Math.floor(seconds / 30) });
  });
});

describe('the window', () => {
  const middle = Math.floor(NOW / 30_000) * 30_000 + 15_000;

  it.each([
    [-3, 'out-of-window'],
    [-2, 'out-of-window'],
    [-1, 'in-window'],
    [0, 'in-window'],
    [1, 'in-window'],
    [2, 'out-of-window'],
    [3, 'out-of-window'],
  ])('a code of T%d is %s', (steps, kind) => {
    expect(matchCode(RFC_SECRET, codeAt(middle + steps * 30_000), middle).kind).toBe(kind);
  });

  it('is the same at the first and at the last second of a step', () => {
    const start = Math.floor(NOW / 30_000) * 30_000;
    for (const now of [start, start + 29_999]) {
      expect(matchCode(RFC_SECRET, codeAt(start - 30_000), now).kind).toBe('in-window');
      expect(matchCode(RFC_SECRET, codeAt(start + 30_000), now).kind).toBe('in-window');
      expect(matchCode(RFC_SECRET, codeAt(start - 60_000), now).kind).toBe('out-of-window');
      expect(matchCode(RFC_SECRET, codeAt(start + 60_000), now).kind).toBe('out-of-window');
    }
  });
});

describe('what was typed', () => {
  it.each(['123456', ' 123 456 ', '123-456', '１２３４５６'])('%s is read as six digits', (typed) => {
    expect(normalizeCode(typed)).toBe('123456');
  });

  it.each(['', '12345', '1234567', '12345a', '१२३४५६', '-'])('%s is malformed', (typed) => {
    expect(normalizeCode(typed)).toBeUndefined();
  });
});

describe('spending a code', () => {
  it('accepts a newer time step and burns it', () => {
    const { account: after, result } = acceptCode(account(), inWindow(101), LIMITS, NOW);
    expect(result).toMatchObject({ ok: true, authenticatorId: 'a' });
    expect(after.authenticators[0]).toMatchObject({ lastTimeStep: 101, lastUsedAt: NOW });
  });

  it.each([100, 99])('refuses time step %d when 100 was used, and counts it', (timeStep) => {
    const { account: after, result } = acceptCode(account(), inWindow(timeStep), LIMITS, NOW);
    expect(result).toMatchObject({ ok: false, because: 'code-used' });
    expect(after.codeFailures.inARow).toBe(1);
  });

  it('forgets the failures after a right code', () => {
    const { account: after } = acceptCode(
      account({ codeFailures: { inARow: 3 } }),
      inWindow(101),
      LIMITS,
      NOW,
    );
    expect(after.codeFailures).toEqual({ inARow: 0 });
  });

  it('gives malformed, old and wrong codes their own reasons, and counts each', () => {
    const outOfWindow = [{ authenticatorId: 'a', match: { kind: 'out-of-window', steps: -2 } as const }];
    const none = [{ authenticatorId: 'a', match: { kind: 'none' } as const }];
    for (const [tried, because] of [
      ['malformed', 'malformed-code'],
      [outOfWindow, 'clock-slow'],
      [none, 'wrong-code'],
    ] as const) {
      const { account: after, result } = acceptCode(account(), tried, LIMITS, NOW);
      expect(result).toMatchObject({ ok: false, because });
      expect(after.codeFailures.inARow).toBe(1);
    }
  });

  it('does not let one device spend the step of another', () => {
    const two = account({
      authenticators: [
        anAuthenticator({ id: 'a', lastTimeStep: 200 }),
        anAuthenticator({ id: 'b', lastTimeStep: 0 }),
      ],
    });
    const tried = [{ authenticatorId: 'b', match: { kind: 'in-window', timeStep: 150 } as const }];
    const { account: after, result } = acceptCode(two, tried, LIMITS, NOW);
    expect(result).toMatchObject({ ok: true, authenticatorId: 'b' });
    expect(after.authenticators.map(({ lastTimeStep }) => lastTimeStep)).toEqual([200, 150]);
  });

  it('never accepts the same time step twice, whatever comes before', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 90, max: 120 }), { maxLength: 60 }), (steps) => {
        let current = account();
        const accepted: number[] = [];
        for (const [index, timeStep] of steps.entries()) {
          const { account: after, result } = acceptCode(
            current,
            inWindow(timeStep),
            LIMITS,
            NOW + index * 3_600_000,
          );
          if (result.ok) accepted.push(timeStep);
          current = after;
        }
        expect(accepted).toEqual([...new Set(accepted)].toSorted((a, b) => a - b));
      }),
    );
  });
});

describe('wrong codes', () => {
  it('pauses after the fifth for fifteen minutes, and again after the tenth', () => {
    let failures = { inARow: 0 };
    for (let i = 0; i < 4; i += 1) failures = countFailure(failures, LIMITS, NOW);
    expect(codeAdmitted(failures, LIMITS, NOW)).toEqual({ ok: true });
    failures = countFailure(failures, LIMITS, NOW);
    expect(codeAdmitted(failures, LIMITS, NOW)).toMatchObject({ because: 'throttled', until: NOW + 900_000 });
    expect(codeAdmitted(failures, LIMITS, NOW + 900_000)).toEqual({ ok: true });
  });

  it('locks the factor at a hundred in a row (NIST SP 800-63B-4 §3.2.2)', () => {
    expect(codeAdmitted({ inARow: 99 }, LIMITS, NOW)).toEqual({ ok: true });
    expect(codeAdmitted({ inARow: 100 }, LIMITS, NOW)).toMatchObject({ because: 'factor-locked' });
  });

  it('looks at nothing while paused: a right code neither passes nor counts', () => {
    const paused = account({ codeFailures: { inARow: 5, pausedUntil: NOW + 1 } });
    const { account: after, result } = acceptCode(paused, inWindow(101), LIMITS, NOW);
    expect(result).toMatchObject({ ok: false, because: 'throttled' });
    expect(after).toBe(paused);
  });
});

describe('the key URI', () => {
  it('has one issuer in two places, percent-encoded, and a secret without padding', () => {
    const uri = keyUri('Ügyfélkapu+', 'kovacs.janos', RFC_SECRET);
    expect(uri).toBe(
      `otpauth://totp/%C3%9Cgyf%C3%A9lkapu%2B:kovacs.janos?secret=${RFC_SECRET}&issuer=%C3%9Cgyf%C3%A9lkapu%2B`,
    );
  });
});
