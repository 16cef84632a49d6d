/** `/logos/<hash>.png`: the portals' logos, from here and from nowhere else. */
import type { RouterMiddleware } from '@koa/router';
import type { Logos } from '../../flows/ports.ts';

const NAME = /^[\w-]{43}\.png$/;

export function logoRoute(logos: Logos): RouterMiddleware {
  return async (ctx, next) => {
    const { name = '' } = ctx.params;
    const png = NAME.test(name) ? await logos.find(name) : undefined;
    if (!png) return next();
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
    ctx.type = 'image/png';
    ctx.body = png;
  };
}
