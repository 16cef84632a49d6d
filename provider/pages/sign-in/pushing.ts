/**
 * Pushed authorization requests (RFC 9126), before oidc-provider keeps them: no larger than one in an address may be, and
 * where a client proves nothing (a public one has nothing to prove itself by) each begins a login, at the pace of the door.
 */
import type { Context, Middleware } from 'koa';
import type { Entrance } from '../../flows/ports.ts';
import { readAtMost, sendAgain } from '../../oidc/body.ts';
import { addressOf } from '../network-address.ts';

const PATH = '/request';

/** `longest` in bytes. */
export function pushing({ entrance }: { readonly entrance: Entrance }, longest: number): Middleware {
  function refuse(ctx: Context, status: number, error: string): void {
    ctx.status = status;
    ctx.body = { error };
  }

  return async (ctx, next) => {
    if (ctx.path !== PATH || ctx.method !== 'POST') return next();
    const bytes = await readAtMost(ctx.req, longest);
    if (!bytes) return refuse(ctx, 413, 'invalid_request');
    const busyMs = provesNothing(ctx, bytes) ? entrance.busyMs(addressOf(ctx.ip)) : undefined;
    if (busyMs !== undefined) {
      ctx.set('Retry-After', `${Math.ceil(busyMs / 1000)}`);
      return refuse(ctx, 503, 'temporarily_unavailable');
    }
    sendAgain(ctx, bytes);
    return next();
  };
}

/** Whether a proof is right is the library's to check: a wrong one is refused, and nothing is kept. */
function provesNothing(ctx: Context, bytes: Buffer): boolean {
  if (ctx.get('authorization') !== '') return false;
  const fields = new URLSearchParams(bytes.toString('utf8'));
  return !fields.get('client_secret') && !fields.get('client_assertion');
}
