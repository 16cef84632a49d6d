/**
 * How quickly logins may begin. A login takes the event loop more time than all else that is asked of it, and everybody
 * waits for the loop: so it is kept below what it can do, and whoever has begun can go on.
 */

/** What was seen lately. */
export interface Load {
  /** Part of the time that the event loop was at work, 0 to 1. */
  readonly utilization: number;
  /** The same of the last moments alone. */
  readonly momentary: number;
  /** Passwords that were checked. */
  readonly checkedPerSecond: number;
  /** Passwords that the hashing threads can check. */
  readonly mostPerSecond: number;
  /** How long ago the pace was set, in milliseconds. */
  readonly ms: number;
}

export interface Pace {
  /** Logins per second that may begin. */
  readonly perSecond: number;
  /** What the loop was last seen to carry when more was asked of it. */
  readonly carried: number;
}

/** Beyond it, what waits for a loop grows steeply: at 70 % a request waits for twice its own time, at 90 % for nine times. */
const CARRIES = 0.7;
/** So much in the last moments is the beginning of a crowd, and no mere step that took long. */
const SATURATED = 0.9;
/** By how much it grows in a second: quickly up to what was once carried, or where the loop is half idle; */
const GROWTH_PER_SECOND = 1.5;
/** and else slowly: what people who are let in now will ask for is seen when they have typed, 20 seconds later. */
const CAREFUL_GROWTH_PER_SECOND = 1.03;
/** A second of too much work leaves no less than this: a crowd is met within half of one, a single long step forgiven. */
const LEFT_PER_SECOND = 0.02;
/** Logins per second that may begin whatever the loop is busy with: a fifth of its time. Where others use the machine too, it is never at rest. */
const LEAST_PER_SECOND = 20;

/** The pace from now on, where it was `pace` until now. */
export function nextPace(pace: Pace, load: Load): Pace {
  const { utilization, momentary, checkedPerSecond, mostPerSecond, ms } = load;
  const seconds = ms / 1000;
  const within = (perSecond: number) => Math.max(LEAST_PER_SECOND, Math.min(perSecond, mostPerSecond));
  if (utilization <= CARRIES && momentary <= SATURATED) {
    const known = utilization > CARRIES / 2 ? pace.carried : mostPerSecond;
    const quick = Math.min(known, pace.perSecond * GROWTH_PER_SECOND ** seconds);
    const careful = pace.perSecond * CAREFUL_GROWTH_PER_SECOND ** seconds;
    return { ...pace, perSecond: within(Math.max(quick, careful)) };
  }
  // What came through is known to be possible, and more than that did not leave enough room.
  const carried = (checkedPerSecond * CARRIES) / Math.max(utilization, CARRIES);
  const least = Math.max(carried, pace.perSecond * LEFT_PER_SECOND ** seconds);
  return { perSecond: within(Math.min(pace.perSecond, least)), carried: within(carried) };
}
