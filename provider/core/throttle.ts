/**
 * A throttle as a pure state machine. A try is counted as a failure before it is looked at and given back when it
 * succeeds, so parallel tries can't slip past the limit.
 *
 *   failures 1 … free        no wait
 *   … pauseAfter - 1         firstDelay, doubled each time
 *   every pauseAfter-th      pause
 */
import { type Refusal, refuse } from './refusal.ts';

export interface ThrottleRule {
  readonly freeTries: number;
  readonly firstDelayMs: number;
  readonly pauseAfter: number;
  readonly pauseMs: number;
  /** Without a try for this long, everything is forgotten. */
  readonly forgetAfterMs: number;
}

/**
 * For a crowd, many people behind one address: so many failures in each stretch of time, then nothing until its end. No
 * state but a count, so that hundreds of logins a second from one office don't get into each other's way.
 */
export interface CrowdRule {
  readonly limit: number;
  readonly windowMs: number;
}

/** The stretch of time that `now` lies in, milliseconds since the epoch. */
export function windowAt(
  { windowMs }: CrowdRule,
  now: number,
): { readonly begin: number; readonly end: number } {
  const begin = now - (now % windowMs);
  return { begin, end: begin + windowMs };
}

export interface ThrottleState {
  readonly failures: number;
  /** Milliseconds since the epoch; 0: not blocked. */
  readonly blockedUntil: number;
}

/** Admitted or refused; `pauses`: should this try fail, it begins a pause. */
export type Admission = { readonly ok: true; readonly pauses: boolean } | Refusal;

type Attempt = { readonly ok: true; readonly state: ThrottleState; readonly pauses: boolean } | Refusal;

/** Admits a try and counts it, or refuses it without counting. */
export function attempt(state: ThrottleState | undefined, rule: ThrottleRule, now: number): Attempt {
  if (state && state.blockedUntil > now) return refuse('throttled', state.blockedUntil);
  const failures = (state?.failures ?? 0) + 1;
  const delay = delayAfter(failures, rule);
  const blockedUntil = delay > 0 ? now + delay : 0;
  return { ok: true, state: { failures, blockedUntil }, pauses: failures % rule.pauseAfter === 0 };
}

/** Takes one try back that turned out right. A pause that others earned meanwhile stays. */
export function giveBack(state: ThrottleState, rule: ThrottleRule): ThrottleState | undefined {
  const paused = state.failures % rule.pauseAfter === 0;
  const blockedUntil = paused ? state.blockedUntil : 0;
  return state.failures > 1 || paused ? { failures: state.failures - 1, blockedUntil } : undefined;
}

function delayAfter(failures: number, rule: ThrottleRule): number {
  const inRound = failures % rule.pauseAfter;
  if (inRound === 0) return rule.pauseMs;
  if (inRound <= rule.freeTries) return 0;
  return Math.min(rule.pauseMs, rule.firstDelayMs * 2 ** (inRound - rule.freeTries - 1));
}
