/** The one error boundary: a fault is told to who watches, and answered with a page or, to programs, in JSON. */
import type { Context, Middleware } from 'koa';
import { errors } from 'oidc-provider';
import { faultKind, type Log, type Metrics } from './flows/ports.ts';
import type { Site } from './pages/page.ts';
import { problemOfFault } from './pages/site/protocol.ts';

/** What hears of a fault. */
export interface Watch {
  readonly log: Log;
  readonly metrics: Metrics;
}

export function noteFault({ log, metrics }: Watch, ctx: Context, error: Error): void {
  const { cause } = error as { cause?: unknown };
  log.error(
    { id: ctx.state.requestId, err: error, ...(cause !== undefined && { cause: String(cause) }) },
    'fault',
  );
  metrics.count('kapu_faults_total', { kind: faultKind(error) });
  const { status, retryAfterMs } = problemOfFault(error, '');
  ctx.status = status;
  if (retryAfterMs !== undefined) ctx.set('Retry-After', `${retryAfterMs / 1000}`);
}

export function boundary(site: Site, watch: Watch): Middleware {
  return async (ctx, next) => {
    const { req } = ctx;
    try {
      await next();
    } catch (error) {
      // An answer that was ready to leave may hold a code or a login that came to nothing.
      ctx.remove('Location');
      const status = (error as { status?: number }).status;
      if (status !== undefined && status >= 400 && status < 500)
        return answerMistake(ctx, site, error, status);
      const fault = error instanceof Error ? error : new Error(String(error));
      noteFault(watch, ctx, fault);
      await answerFault(ctx, site, fault);
    } finally {
      // Of a body that was too large the rest is passed over: a proxy's next request may come by the same connection.
      if (!req.complete) req.resume();
    }
  };
}

async function answerMistake(ctx: Context, site: Site, error: unknown, status: number): Promise<void> {
  // Tokens were ready, and what they were made of turned out to be spent.
  if (error instanceof errors.OIDCProviderError && isForProgram(ctx)) {
    ctx.status = status;
    ctx.body = { error: error.error, error_description: error.error_description };
    return;
  }
  const name = error instanceof errors.SessionNotFound ? 'session-changed' : 'bad-request';
  await site.problem(ctx, { name, status });
}

async function answerFault(ctx: Context, site: Site, fault: Error): Promise<void> {
  const problem = problemOfFault(fault, String(ctx.state.requestId));
  if (ctx.path.startsWith('/health/')) {
    ctx.status = problem.status;
    ctx.body = { status: problem.name };
    return;
  }
  if (isForProgram(ctx)) {
    ctx.status = problem.status;
    ctx.body = { error: 'server_error' };
    return;
  }
  await site.problem(ctx, problem);
}

/** An answer in JSON was ready and could not be written, or was to come: who asks for no page gets none, as from the library. */
function isForProgram(ctx: Context): boolean {
  return Boolean(ctx.response.is('json')) || ctx.accepts('json', 'html') === 'json';
}
