/** How one secret of a client takes another's place. Values in, values out. */
import { type ClientSecret, liveSecrets, type NewSecret } from './client-record.ts';
import { HOUR_MS } from './duration.ts';

const AT_ONCE = 2;
/** A portal has a month at most to take the new one. */
export const LONGEST_OVERLAP_HOURS = 30 * 24;

/** With a new one from now on; the one before it works for its `overlapHours` more. */
export function withNewSecret(
  secrets: readonly ClientSecret[],
  { hash, createdAt, overlapHours }: NewSecret,
  now: number,
): ClientSecret[] {
  const endsAt = now + overlapHours * HOUR_MS;
  const before = liveSecrets(secrets, now).slice(1 - AT_ONCE);
  const ending = before.map((one) => ({ ...one, endsAt: Math.min(one.endsAt ?? endsAt, endsAt) }));
  return [...ending, { hash, createdAt }];
}
