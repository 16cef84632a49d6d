/** Reading a request's body, bounded, also before oidc-provider does. */
import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';

declare module 'koa' {
  interface Request {
    /** What was read of it. */
    body?: unknown;
  }
}

/**
 * Undefined when there are more bytes than `limit`: whoever sends too much is still to hear of it, so the connection
 * stays. Rejects when the connection breaks off.
 */
export async function readAtMost(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The same request, not read yet, with this body: the library warns of one that was read before it. */
export function sendAgain(ctx: Context, bytes: Buffer): void {
  ctx.req.headers['content-length'] = `${bytes.length}`;
  ctx.req = Object.create(ctx.req, {
    readable: { value: true },
    iterator: {
      async *value() {
        yield bytes;
      },
    },
  });
}
