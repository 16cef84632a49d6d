/**
 * Whoever opens somebody else's account leaves a trace there, which the person sees: once an hour, so that work on one
 * case does not drown the rest.
 */
import { circumstances, type Doing } from '../../core/doing.ts';
import { HOUR_MS } from '../../core/duration.ts';
import type { Clock, History } from '../ports.ts';

/** Among so many of the newest events the trace of the last hour is looked for. */
const LOOKED_AT = 20;

export type Looking = ReturnType<typeof looking>;

export function looking({ history, clock }: { readonly history: History; readonly clock: Clock }) {
  return async function lookedAt(accountId: string, doing: Doing): Promise<void> {
    const at = clock.now();
    const newest = await history.of(accountId, LOOKED_AT);
    const known = newest.some(
      (event) => event.kind === 'account-viewed' && event.by?.id === doing.by.id && event.at > at - HOUR_MS,
    );
    if (!known) await history.append(accountId, { kind: 'account-viewed', at, ...circumstances(doing) });
  };
}
