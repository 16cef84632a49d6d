/**
 * Time-based one-time passwords (RFC 6238 over HMAC-SHA-1, RFC 4226): six digits, 30 seconds, a window of one step
 * either way. A time step is accepted once; the failure count belongs to the account.
 */
import { createGuardrails, generateURI, verifySync } from 'otplib';
import type { Account, Authenticator, CodeFailures } from './account.ts';
import { type Refusal, type Result, refuse } from './refusal.ts';

export const STEP_SECONDS = 30;
const WINDOW_STEPS = 1;
/** How far a code may be from now to be told how wrong the phone's clock is: ten minutes. It is refused all the same. */
const HINT_STEPS = 20;

/** RFC 4226 wants 128 bits at least; the vectors of RFC 6238 have 160, and so do ours. */
const guardrails = createGuardrails({ MIN_SECRET_BYTES: 16 });

/** The figures of `product.md`; `maxInARow` is NIST SP 800-63B-4 §3.2.2. */
export interface CodeLimits {
  readonly pauseAfter: number;
  readonly pauseMs: number;
  readonly maxInARow: number;
}

export function timeStepAt(now: number): number {
  return Math.floor(now / 1000 / STEP_SECONDS);
}

/** The six digits of what was typed, spaces and hyphens ignored; undefined for anything else. */
export function normalizeCode(typed: string): string | undefined {
  const digits = typed.normalize('NFKC').replace(/[\s-]/g, '');
  return /^[0-9]{6}$/.test(digits) ? digits : undefined;
}

export type CodeMatch =
  | { readonly kind: 'in-window'; readonly timeStep: number }
  /** `steps` from now: positive when the clock that made the code is fast. */
  | { readonly kind: 'out-of-window'; readonly steps: number }
  | { readonly kind: 'none' };

/**
 * Where a code stands in time. `code` is normalized, `secret` is Base32, `now` is in milliseconds.
 * Finding a match spends nothing: see {@link acceptCode}.
 */
export function matchCode(secret: string, code: string, now: number): CodeMatch {
  const inWindow = timeStepOf(secret, code, now, WINDOW_STEPS);
  if (inWindow !== undefined) return { kind: 'in-window', timeStep: inWindow };
  const near = timeStepOf(secret, code, now, HINT_STEPS);
  return near === undefined ? { kind: 'none' } : { kind: 'out-of-window', steps: near - timeStepAt(now) };
}

function timeStepOf(secret: string, code: string, now: number, steps: number): number | undefined {
  // Asking at the start of the step makes the tolerance, which otplib takes in seconds, whole steps either way.
  const epoch = timeStepAt(now) * STEP_SECONDS;
  const result = verifySync({
    secret,
    token: code,
    epoch,
    period: STEP_SECONDS,
    epochTolerance: steps * STEP_SECONDS,
    guardrails,
  });
  return result.valid && 'timeStep' in result ? result.timeStep : undefined;
}

/** Refuses while the factor is paused or locked. Ask before a code is looked at. */
export function codeAdmitted(failures: CodeFailures, limits: CodeLimits, now: number): Result {
  if (failures.inARow >= limits.maxInARow) return refuse('factor-locked');
  const { pausedUntil } = failures;
  return pausedUntil !== undefined && pausedUntil > now ? refuse('throttled', pausedUntil) : { ok: true };
}

/** The failure count after one more wrong code: a pause after every `pauseAfter`-th. */
export function countFailure(failures: CodeFailures, limits: CodeLimits, now: number): CodeFailures {
  const inARow = failures.inARow + 1;
  return inARow % limits.pauseAfter === 0 ? { inARow, pausedUntil: now + limits.pauseMs } : { inARow };
}

/** What was typed, held against each authenticator of the account. */
export type CodeTried =
  | 'malformed'
  | readonly { readonly authenticatorId: string; readonly match: CodeMatch }[];

/**
 * Spends a code: the account as it must be stored before the code counts, and the verdict on it. A match at or
 * below the newest accepted time step is refused as used (RFC 6238 §5.2); every refusal of a looked-at code counts.
 */
export function acceptCode(
  account: Account,
  tried: CodeTried,
  limits: CodeLimits,
  now: number,
): { account: Account; result: Result<{ authenticatorId: string }> } {
  const admitted = codeAdmitted(account.codeFailures, limits, now);
  if (!admitted.ok) return { account, result: admitted };
  const fresh = freshMatch(account, tried);
  if (fresh) {
    const result = { ok: true, authenticatorId: fresh.authenticator.id } as const;
    return { account: spend(account, fresh.authenticator, fresh.timeStep, now), result };
  }
  const codeFailures = countFailure(account.codeFailures, limits, now);
  return { account: { ...account, codeFailures }, result: verdictOn(tried, codeFailures, limits) };
}

function freshMatch(account: Account, tried: CodeTried) {
  if (tried === 'malformed') return undefined;
  for (const authenticator of account.authenticators) {
    const match = tried.find(({ authenticatorId }) => authenticatorId === authenticator.id)?.match;
    if (match?.kind === 'in-window' && match.timeStep > authenticator.lastTimeStep) {
      return { authenticator, timeStep: match.timeStep };
    }
  }
  return undefined;
}

function verdictOn(tried: CodeTried, failures: CodeFailures, limits: CodeLimits): Refusal {
  if (failures.inARow >= limits.maxInARow) return refuse('factor-locked');
  if (failures.pausedUntil !== undefined) return refuse('throttled', failures.pausedUntil);
  if (tried === 'malformed') return refuse('malformed-code');
  if (tried.some(({ match }) => match.kind === 'in-window')) return refuse('code-used');
  return refusalOf(tried.map(({ match }) => match).find(({ kind }) => kind === 'out-of-window'));
}

/** Why a code that is not in the window is refused: nobody's code, or that of a clock which is wrong. */
export function refusalOf(match: CodeMatch | undefined): Refusal {
  if (match?.kind !== 'out-of-window') return refuse('wrong-code');
  const clockOffMs = Math.abs(match.steps) * STEP_SECONDS * 1000;
  return { ...refuse(match.steps > 0 ? 'clock-fast' : 'clock-slow'), clockOffMs };
}

function spend(account: Account, used: Authenticator, timeStep: number, now: number): Account {
  const authenticators = account.authenticators.map((authenticator) =>
    authenticator.id === used.id
      ? { ...authenticator, lastTimeStep: timeStep, lastUsedAt: now }
      : authenticator,
  );
  return { ...account, authenticators, codeFailures: { inARow: 0 } };
}

/** The Key URI that an authenticator app reads from the QR code: `otpauth://totp/ISSUER:NAME?secret=…&issuer=ISSUER`. */
export function keyUri(issuer: string, username: string, secret: string): string {
  return generateURI({ issuer, label: username, secret, period: STEP_SECONDS });
}
