/** The order of the middleware on one screen. */
import type Router from '@koa/router';
import type { Middleware } from 'koa';
import type Provider from 'oidc-provider';
import { believeOnly, oneSpelling, ownHostOnly } from './addressed.ts';
import { boundary, noteFault } from './boundary.ts';
import type { Log, Metrics, Traces } from './flows/ports.ts';
import { observed, traced } from './observe.ts';
import { cacheableKeySet } from './oidc/key-set.ts';
import { securityHeaders } from './pages/headers.ts';
import type { Site } from './pages/page.ts';
import { leaveUnasked } from './pages/site/protocol.ts';

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
  /** Before oidc-provider's endpoint of pushed requests. */
  readonly pushing: Middleware;
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
    pushing,
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
  provider.use(leaveUnasked);
  provider.use(unanswered(site, routes.allowedMethods() as Middleware));
  provider.use(pushing);
  provider.use(registrationSecrets);
  return provider;
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
