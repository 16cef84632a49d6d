/** The order of the middleware on one screen, and the one error boundary. */
import { BlockList, isIP } from 'node:net';
import type Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { errors, type default as Provider } from 'oidc-provider';
import { LONGEST_TARGET } from '../config/policy.ts';
import { faultKind, type Log, type Metrics, type Traces } from './flows/ports.ts';
import { observed, traced } from './observe.ts';
import { cacheableKeySet } from './oidc/key-set.ts';
import { securityHeaders } from './pages/headers.ts';
import type { Site } from './pages/page.ts';
import { leaveUnasked, problemOfFault } from './pages/site/protocol.ts';

export interface AppPorts {
  readonly provider: Provider;
  readonly site: Site;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Absent where nobody reads them. */
  readonly traces: Traces | undefined;
  readonly newRequestId: () => string;
  readonly publicFiles: Middleware;
  /** Holds up whoever comes to log in while others wait for that already; leaves no line in the log for each. */
  readonly door: Middleware;
  /** Answers everything below its own address by itself. */
  readonly adminApi: Middleware;
  /** Runs one request's work and what it left to be written. */
  readonly within: <T>(request: () => Promise<T>) => Promise<T>;
  /** Before oidc-provider's endpoints of registration. */
  readonly registrationSecrets: Middleware;
  readonly routes: Router;
}

export interface AppSettings {
  readonly issuer: string;
  /** Whether browsers come over TLS. */
  readonly secure: boolean;
  /** Addresses and networks whose X-Forwarded-* are believed. */
  readonly trustedProxies: readonly string[];
  readonly jwksCacheSeconds: number;
}

/** Puts the product around oidc-provider, which is itself a koa application. */
export function assemble(ports: AppPorts, settings: AppSettings) {
  const {
    provider,
    site,
    log,
    metrics,
    traces,
    newRequestId,
    publicFiles,
    door,
    adminApi,
    registrationSecrets,
    routes,
    within,
  } = ports;
  provider.proxy = settings.trustedProxies.length > 0;
  provider.maxIpsCount = 1;
  const watch = { log, metrics };
  provider.on('server_error', (ctx, error) => noteFault(watch, ctx, error));
  // Koa would print them: a connection that broke, or was cut off, before its answer was out.
  provider.onerror = (error) => log.warn({ cause: error.message }, 'connection');

  provider.use(believeOnly(settings.trustedProxies));
  provider.use(securityHeaders(settings.issuer, settings.secure));
  provider.use(door);
  if (traces) provider.use(traced(traces));
  provider.use(observed(log, metrics, newRequestId));
  provider.use(boundary(site, watch));
  // Under any name: the page that refuses a foreign one is to be read, too.
  provider.use(publicFiles);
  provider.use(ownHostOnly(site, settings.issuer));
  provider.use(oneSpelling(site));
  provider.use(cacheableKeySet(settings.jwksCacheSeconds));
  provider.use(adminApi);
  provider.use((_ctx, next) => within(next));
  provider.use(routes.routes() as Middleware);
  provider.use(leaveUnasked(site));
  provider.use(unanswered(site, routes.allowedMethods() as Middleware));
  provider.use(registrationSecrets);
  return provider;
}

/** X-Forwarded-* of anybody but the proxy would let a stranger choose their address and our scheme. */
function believeOnly(trustedProxies: readonly string[]): Middleware {
  const trusted = new BlockList();
  for (const entry of trustedProxies) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(prefix), family);
  }
  return (ctx, next) => {
    const forwarded = Object.keys(ctx.req.headers).filter((name) => name.startsWith('x-forwarded-'));
    if (forwarded.length === 0) return next();
    const peer = (ctx.req.socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '');
    if (!trusted.check(peer, isIP(peer) === 6 ? 'ipv6' : 'ipv4')) {
      for (const name of forwarded) delete ctx.req.headers[name];
    }
    return next();
  };
}

type Watch = Pick<AppPorts, 'log' | 'metrics'>;

function noteFault({ log, metrics }: Watch, ctx: Context, error: Error): void {
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

function boundary(site: Site, watch: Watch): Middleware {
  return async (ctx, next) => {
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
    }
  };
}

async function answerMistake(ctx: Context, site: Site, error: unknown, status: number): Promise<void> {
  // Tokens were ready, and what they were made of turned out to be spent.
  if (error instanceof errors.OIDCProviderError && ctx.response.is('json')) {
    ctx.status = status;
    ctx.body = { error: error.error, error_description: error.error_description };
    return;
  }
  const name = error instanceof errors.SessionNotFound ? 'session-changed' : 'bad-request';
  await site.problem(ctx, { name, status });
}

async function answerFault(ctx: Context, site: Site, fault: Error): Promise<void> {
  const problem = problemOfFault(fault, String(ctx.state.requestId));
  // The answer was ready and what it tells could not be written: programs get an error that they can read.
  if (ctx.response.is('json')) {
    ctx.status = problem.status;
    ctx.body = { error: 'server_error' };
    return;
  }
  if (ctx.path.startsWith('/health/')) {
    ctx.status = problem.status;
    ctx.body = { status: problem.name };
    return;
  }
  await site.problem(ctx, problem);
}

/**
 * Every endpoint's address is made from the Host header or an absolute request target: foreign ones must not reach
 * that far, nor a scheme that the issuer does not have. Probes may come as they are.
 */
function ownHostOnly(site: Site, issuer: string): Middleware {
  const own = new URL(issuer);
  return (ctx, next) => {
    const target = ctx.req.url ?? '';
    if (!/^\/(?![/\\])/.test(target)) return site.problem(ctx, { name: 'bad-request', status: 400 });
    if (target.length > LONGEST_TARGET) return site.problem(ctx, { name: 'too-large', status: 414 });
    const ours = ctx.host === own.host && `${ctx.protocol}:` === own.protocol;
    if (ours || ctx.path.startsWith('/health/')) return next();
    const { t } = site.visit(ctx);
    const ways = [{ href: issuer, label: t('way.home') }];
    return site.problem(ctx, { name: 'wrong-host', status: 421, ways });
  };
}

/** The library takes `/Token` for `/token`; what stands before us, and our own conditions, do not. */
function oneSpelling(site: Site): Middleware {
  return (ctx, next) =>
    /^\/[^/]*[A-Z]/.test(ctx.path) ? site.problem(ctx, { name: 'not-found', status: 404 }) : next();
}

/** What nobody has answered: there is nothing, or not by that method. */
function unanswered(site: Site, allowedMethods: Middleware): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.body !== undefined && ctx.body !== null) return;
    if (ctx.status === 404) await allowedMethods(ctx, async () => {});
    if (ctx.status === 405 || ctx.status === 501)
      return site.problem(ctx, { name: 'method-not-allowed', status: 405 });
    if (ctx.status === 404) await site.problem(ctx, { name: 'not-found', status: 404 });
  };
}
