/** How much one program may ask for, told in the headers of draft-ietf-httpapi-ratelimit-headers. */
import type { Context } from 'koa';
import type { CrowdRule } from '../../core/throttle.ts';
import type { Clock, Throttles } from '../../flows/ports.ts';
import type { Operation } from './operation.ts';
import { type Refused, refused } from './problem.ts';

export type ApiRate = Readonly<Record<'read' | 'write', CrowdRule>>;

export interface LimitPorts {
  readonly throttles: Pick<Throttles, 'count'>;
  readonly clock: Clock;
}

export function limits({ throttles, clock }: LimitPorts, rate: ApiRate) {
  /** Counts a request; undefined where there is room for it. */
  return async (ctx: Context, { method }: Operation, clientId: string): Promise<Refused | undefined> => {
    const kind = method === 'get' ? 'read' : 'write';
    const { limit, windowMs } = rate[kind];
    const { count, end } = await throttles.count(`admin-api-${kind}`, clientId, rate[kind]);
    const leftMs = Math.max(0, end - clock.now());
    ctx.set('RateLimit-Policy', `"${kind}";q=${limit};w=${windowMs / 1000}`);
    ctx.set('RateLimit', `"${kind}";r=${Math.max(0, limit - count)};t=${Math.ceil(leftMs / 1000)}`);
    return count > limit ? { ...refused('rate-limited'), retryAfterMs: leftMs } : undefined;
  };
}
