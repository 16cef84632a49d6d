/** Reading a form with one small file: bounded before a byte of it is looked at, parsed by Node's own reader of forms. */
import type { Readable } from 'node:stream';
import type { Middleware } from 'koa';
import { type Posted, readEntries } from './form.ts';

const UPLOAD_TYPE = 'multipart/form-data';
const FILE = 'file';

/** What was posted is left in `ctx.state.posted`; `limit` in bytes, of everything together. */
export function uploadedForm(limit: number): Middleware {
  return async (ctx, next) => {
    ctx.state.posted = await uploaded(ctx.req, ctx.request.type, ctx.get('content-type'), limit);
    return next();
  };
}

async function uploaded(body: Readable, type: string, contentType: string, limit: number): Promise<Posted> {
  if (type !== UPLOAD_TYPE) return { values: {}, fault: 'malformed' };
  const bytes = await readAtMost(body, limit);
  if (!bytes) return { values: {}, fault: 'too-large' };
  const form = await parsed(bytes, contentType);
  if (!form) return { values: {}, fault: 'malformed' };
  const texts = [...form].flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : [],
  );
  const files = [...form].filter(([, value]) => typeof value !== 'string');
  const posted = readEntries(texts);
  const [name, file] = files[0] ?? [];
  if (files.length > 1 || (file !== undefined && name !== FILE)) return { ...posted, fault: 'malformed' };
  if (file === undefined || typeof file === 'string' || file.size === 0) return posted;
  return { ...posted, file: new Uint8Array(await file.arrayBuffer()) };
}

/** Undefined when there is more; the rest is read and thrown away, so that the browser hears the answer. */
async function readAtMost(body: Readable, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += (chunk as Buffer).length;
    if (size > 20 * limit) return undefined;
    if (size <= limit) chunks.push(chunk as Buffer);
  }
  return size > limit ? undefined : Buffer.concat(chunks);
}

async function parsed(bytes: Buffer, contentType: string) {
  try {
    return await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData();
  } catch {
    return undefined;
  }
}
