/** What every request leaves behind: a line in the log and figures. Both name the route, never the path. */
import type { Context, Middleware } from 'koa';
import type { Timed } from './core/metric.ts';
import type { Because } from './core/refusal.ts';
import type { Log, Metrics, Traces } from './flows/ports.ts';

/** Paths and queries hold what is nobody's business. */
export function observed(log: Log, metrics: Metrics, newRequestId: () => string): Middleware {
  return async (ctx, next) => {
    const begun = performance.now();
    ctx.state.requestId = newRequestId();
    await next();
    const seconds = (performance.now() - begun) / 1000;
    const route = routeOf(ctx);
    const ms = Math.round(seconds * 1000);
    log.info({ id: ctx.state.requestId, method: ctx.method, route, status: ctx.status, ms }, 'request');
    measure(metrics, ctx, route, seconds);
  };
}

/** A request as a span, named like its line in the log. */
export function traced(traces: Traces): Middleware {
  return (ctx, next) => {
    const facts = { 'http.request.method': ctx.method };
    const work = { name: ctx.method, kind: 'answer', facts, cause: ctx.get('traceparent') } as const;
    return traces.within(work, async (tell) => {
      await next();
      const route = routeOf(ctx);
      const { step, requestId } = ctx.state as { step?: string; requestId?: string };
      tell(`${ctx.method} ${route}`, {
        'http.route': route,
        'http.response.status_code': ctx.status,
        ...(step !== undefined && { 'kapu.step': step }),
        ...(requestId !== undefined && { 'kapu.request_id': requestId }),
      });
    });
  };
}

function routeOf(ctx: Context): string {
  const { _matchedRoute, oidc } = ctx as { _matchedRoute?: string; oidc?: { route?: string } };
  return _matchedRoute ?? oidc?.route ?? 'other';
}

/** `step` and `refused` are set by the pages, from closed sets: a label with a stranger's words would grow for ever. */
function measure(metrics: Metrics, { state, status }: Context, route: string, seconds: number): void {
  const answer = `${Math.floor(status / 100)}xx` as Timed['kapu_request_seconds']['answer'];
  const { step, refused } = state as { step?: string; refused?: Because };
  if (step === undefined) metrics.took('kapu_request_seconds', seconds, { route, answer });
  else metrics.took('kapu_step_seconds', seconds, { step, answer });
  if (refused !== undefined) metrics.count('kapu_refusals_total', { reason: refused });
}
