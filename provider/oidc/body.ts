/** Reading a request's body, bounded. */
import type { IncomingMessage } from 'node:http';

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
