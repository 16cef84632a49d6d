/** To whom a request is addressed, and from where it comes: decided before anything is made of either. */
import { BlockList, isIP } from 'node:net';
import type { Context, Middleware } from 'koa';
import { LONGEST_TARGET } from '../config/policy.ts';
import type { Site } from './pages/page.ts';

/** X-Forwarded-* of anybody but the proxy would let a stranger choose their address and our scheme. */
export function believeOnly(trustedProxies: readonly string[]): Middleware {
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

/**
 * Every endpoint's address is made from the Host header or an absolute request target: foreign ones must not reach
 * that far, nor a scheme that the issuer does not have. Probes may come as they are.
 */
export function ownHostOnly(site: Site, issuer: string): Middleware {
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

/** The library takes `/Token` and `/token/` for `/token`; what stands before us, and our own conditions, do not. */
export function oneSpelling(site: Site): Middleware {
  const notFound = (ctx: Context) => site.problem(ctx, { name: 'not-found', status: 404 });
  return (ctx, next) => {
    if (/^\/[^/]*[A-Z]/.test(ctx.path)) return notFound(ctx);
    if (ctx.path === '/' || !ctx.path.endsWith('/')) return next();
    if (ctx.method !== 'GET') return notFound(ctx);
    ctx.status = 303;
    return ctx.redirect(ctx.path.slice(0, -1) + ctx.search);
  };
}
