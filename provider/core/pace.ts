/**
 * How quickly logins may begin. They take turns in the event loop and in the hashing threads, and everybody's pages wait
 * for those turns: so no more begin than end, and whoever has begun can go on.
 */

/** What was seen lately. */
export interface Load {
  /** Logins by their halves: those that began, and those whose password was checked. */
  readonly loginsPerSecond: number;
  /** Part of the time that the event loop was at work, 0 to 1. */
  readonly utilization: number;
  /** How long requests of logins wait for their turn, and passwords to be checked, in milliseconds. */
  readonly waitMs: number;
  /** Passwords that the hashing threads can check. */
  readonly checksPerSecond: number;
}

export interface Pace {
  /** Logins per second that may begin. */
  readonly perSecond: number;
  /** Logins per second that would take all of the loop's time, as lately seen. */
  readonly carried: number;
}

/** Fewer tell nothing of what a login takes: the loop has other work. */
const TELLING_PER_SECOND = 5;
/** A login has some ten requests: with more, it takes a second longer than it has to. */
const BEARABLE_MS = 100;
/** While too many wait, fewer begin than come through. */
const CATCHING_UP = 0.8;
/** Logins per second that may begin whatever the loop is busy with. Where others use the machine too, it is never at rest. */
const LEAST_PER_SECOND = 20;

/** The pace from now on; `before` is how many were {@link Pace.carried} when that could be told. */
export function nextPace(before: number, load: Load): Pace {
  const { loginsPerSecond, utilization, waitMs, checksPerSecond } = load;
  const carried = loginsPerSecond < TELLING_PER_SECOND ? before : loginsPerSecond / utilization;
  const possible = Math.min(carried, checksPerSecond) * (waitMs > BEARABLE_MS ? CATCHING_UP : 1);
  return { perSecond: Math.max(LEAST_PER_SECOND, possible), carried };
}
