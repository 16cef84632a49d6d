/** What is counted of logins, for the charts of those who run the service and its portals. Nothing of a person is in it. */
import type { Level } from './assurance.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './duration.ts';
import { dayOf } from './hungary.ts';
import type { Because } from './refusal.ts';

/** Refusals that a login is counted under by name; all others are one. */
const REASONS = [
  'wrong-credentials',
  'throttled',
  'overloaded',
  'wrong-code',
  'malformed-code',
  'code-used',
  'clock-fast',
  'clock-slow',
  'factor-locked',
  'wrong-deletion-code',
] as const satisfies readonly Because[];

/** The last two are what a portal's software did wrong: at the authorization endpoint, and at the token endpoint. */
export const FAILURES = [...REASONS, 'other', 'request-refused', 'token-refused'] as const;
export type Failure = (typeof FAILURES)[number];

export const OUTCOMES = ['low', 'substantial', 'cancelled', ...FAILURES] as const;
/** How a login ended: at a level, given up by the person, or a try that failed. */
export type LoginOutcome = Level | 'cancelled' | Failure;

/** A wrong password is one, whether or not the user name was known already. */
export function failureOf(because: Because): Failure {
  if (because === 'wrong-password') return 'wrong-credentials';
  return REASONS.find((reason) => reason === because) ?? 'other';
}

export type Unit = 'minute' | 'hour' | 'day';

/** How much of the past is shown, in which steps. */
export const PERIODS = {
  hours: { unit: 'minute', steps: 180 },
  day: { unit: 'hour', steps: 24 },
  week: { unit: 'day', steps: 7 },
  month: { unit: 'day', steps: 30 },
} as const satisfies Record<string, { unit: Unit; steps: number }>;
export type Period = keyof typeof PERIODS;

/** A minute, an hour or a day of Hungary's calendar; `at` lies within it, in milliseconds since the epoch. */
export interface Bucket {
  readonly name: string;
  readonly at: number;
}

export interface Counts extends Bucket {
  readonly counts: Readonly<Partial<Record<LoginOutcome, number>>>;
}

/** The bucket of a moment, or one that lies `back` buckets before it. */
export function bucketAt(unit: Unit, now: number, back = 0): Bucket {
  if (unit === 'day') {
    const at = Date.parse(`${dayOf(now)}T12:00:00Z`) - back * DAY_MS;
    return { name: new Date(at).toISOString().slice(0, 10), at };
  }
  const length = unit === 'minute' ? MINUTE_MS : HOUR_MS;
  const number = Math.floor(now / length) - back;
  return { name: `${number}`, at: number * length };
}

/** Oldest first. */
export function bucketsOf(period: Period, now: number): Bucket[] {
  const { unit, steps } = PERIODS[period];
  return Array.from({ length: steps }, (_, index) => bucketAt(unit, now, steps - 1 - index));
}

/** The hours that a period of minutes touches, which tell what there is to be read of its minutes. */
export function hoursOf(buckets: readonly Bucket[]): Bucket[] {
  const hours = buckets.map(({ at }) => bucketAt('hour', at));
  return [...new Map(hours.map((hour) => [hour.name, hour])).values()];
}

/** How long a bucket is kept after its last moment may be counted, in milliseconds: a little longer than it is shown. */
export const KEPT_MS: Readonly<Record<Unit, number>> = {
  minute: 6 * HOUR_MS,
  hour: 3 * DAY_MS,
  day: 40 * DAY_MS,
};
