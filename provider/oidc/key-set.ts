/** The key set as portals get it at `/jwks`: theirs to keep for a while. */
import type { Context, Middleware, Next } from 'koa';

interface KeySet {
  readonly keys: readonly { readonly key_ops?: unknown }[];
}

/** What a portal still has it need not fetch: new keys are in the set for longer before they sign. */
export function cacheableKeySet(maxAgeSeconds: number): Middleware {
  async function serve(ctx: Context, next: Next): Promise<void> {
    await next();
    if (ctx.status !== 200 || ctx.method === 'OPTIONS') return;
    ctx.set('Cache-Control', `public, max-age=${maxAgeSeconds}`);
    // Which key signs is the provider's own business: RFC 7517 §4.3 advises against `key_ops` beside `use`.
    const { keys } = ctx.body as KeySet;
    ctx.body = { keys: keys.map(({ key_ops: _, ...key }) => key) };
    ctx.type = 'application/jwk-set+json; charset=utf-8';
  }

  return (ctx, next) => (ctx.path === '/jwks' ? serve(ctx, next) : next());
}
