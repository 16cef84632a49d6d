/**
 * Password and code in one try: the way in for an owner whom a stranger keeps paused with wrong passwords (NIST SP
 * 800-63B-4 §3.2.2). These tries are not held up by the account's pause, since they tell a guesser nothing: without the
 * right code a right password is refused in the same words as a wrong one. A wrong code with the right password counts
 * against the code like any other.
 */
import { normalizeUsername } from '../core/account.ts';
import type { Origin } from '../core/event.ts';
import { normalizePassword } from '../core/password.ts';
import { type Result, refuse } from '../core/refusal.ts';
import type { CrowdRule, ThrottleRule } from '../core/throttle.ts';
import type { CodeCheck } from './code-check.ts';
import { OVERLOADED_MS } from './password-check.ts';
import { type Accounts, type Clock, Overloaded, type PasswordHasher, type Throttles } from './ports.ts';

export interface BothFactorsPorts {
  readonly accounts: Accounts;
  readonly throttles: Throttles;
  readonly hasher: PasswordHasher;
  readonly checkCode: CodeCheck;
  readonly clock: Clock;
}

export type BothFactors = (
  typed: { username: string; password: string; code: string },
  origin: Origin,
) => Promise<Result<{ accountId: string; authenticatorId: string }>>;

const PURPOSE = 'both-factors';

export function bothFactors(ports: BothFactorsPorts, perAddress: CrowdRule): BothFactors {
  const { accounts, throttles, hasher, checkCode, clock } = ports;

  async function check(typed: Parameters<BothFactors>[0], origin: Origin) {
    const account = await accounts.findByUsername(normalizeUsername(typed.username));
    const matches = await hasher.verify(account?.password?.hash, normalizePassword(typed.password));
    if (!account || !matches || account.status !== 'active') {
      // As long as counting a wrong code takes: the time must not tell that the password was right.
      await throttles.attempt(PURPOSE, account?.id ?? typed.username, UNLIMITED);
      return undefined;
    }
    const code = await checkCode(account, typed.code, origin);
    return code.ok ? { accountId: account.id, authenticatorId: code.authenticatorId } : undefined;
  }

  return async (typed, origin) => {
    const busyMs = hasher.busyMs();
    if (busyMs !== undefined) return refuse('overloaded', clock.now() + busyMs);
    const admitted = await throttles.attempt('password-address', origin.address, perAddress);
    if (!admitted.ok) return admitted;
    try {
      const proved = await check(typed, origin);
      if (!proved) return refuse('wrong-together');
      await throttles.giveBack('password-address', origin.address, perAddress);
      return { ok: true, ...proved };
    } catch (fault) {
      await Promise.allSettled([throttles.giveBack('password-address', origin.address, perAddress)]);
      if (fault instanceof Overloaded) return refuse('overloaded', clock.now() + OVERLOADED_MS);
      throw fault;
    }
  };
}

/** Counts and holds nobody up. */
const UNLIMITED: ThrottleRule = {
  freeTries: Number.MAX_SAFE_INTEGER,
  firstDelayMs: 0,
  pauseAfter: Number.MAX_SAFE_INTEGER,
  pauseMs: 0,
  forgetAfterMs: 60_000,
};
