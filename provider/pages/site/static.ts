/** Style, script and icons under `/public/`: read once, served with a strong validator. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Middleware } from 'koa';

const TYPE_OF: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Only files that were there at the start exist: no path of a request ever reaches the file system. */
export function publicFiles(folder: string, cacheSeconds: number): Middleware {
  const files = new Map(
    readdirSync(folder).map((name) => {
      const body = readFileSync(path.join(folder, name));
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`;
      return [
        `/public/${name}`,
        { body, etag, type: TYPE_OF[path.extname(name)] ?? 'application/octet-stream' },
      ];
    }),
  );
  return (ctx, next) => {
    const file = files.get(ctx.path);
    if (!file || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next();
    ctx.set('Cache-Control', `public, max-age=${cacheSeconds}`);
    ctx.set('ETag', file.etag);
    ctx.type = file.type;
    ctx.status = 200;
    if (ctx.fresh) ctx.status = 304;
    else ctx.body = file.body;
    return undefined;
  };
}
