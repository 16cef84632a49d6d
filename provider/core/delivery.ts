/** What became of one try to deliver something, when to try again, and when to give up. */

/** What leaves the house. */
export const QUEUES = ['mail', 'logout'] as const;
export type Queue = (typeof QUEUES)[number];

/** `refused`: trying again is of no use. The reasons are for logs and operators and name nobody. */
export type Delivered = 'done' | { readonly failed: string } | { readonly refused: string };

/** What became of the job by that. */
export type DeliveryOutcome = 'delivered' | 'postponed' | 'given-up';

export interface RetryRule {
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

/**
 * When the next try is due after `attempts` failed ones: after a delay that doubles each time, less up to a half of it
 * by `jitter` (0 to 1), so that what failed together does not come back together. At `giveUpAt` it is over.
 */
export function retryAt(
  { attempts, giveUpAt }: { attempts: number; giveUpAt: number },
  { firstDelayMs, longestDelayMs }: RetryRule,
  now: number,
  jitter: number,
): number | 'give-up' {
  const delay = Math.min(firstDelayMs * 2 ** (attempts - 1), longestDelayMs);
  const at = now + Math.round(delay * (1 - jitter / 2));
  return at < giveUpAt ? at : 'give-up';
}
