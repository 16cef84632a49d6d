/** Stands around the library's registration endpoints, which know nothing of secrets that are stored hashed. */
import type { Context, Middleware, Next } from 'koa';
import { hashClientSecret } from '../flows/clients.ts';
import { readAtMost, sendAgain } from './body.ts';

/** Routes of the library that answer with a client's metadata. */
const ROUTES: readonly unknown[] = ['registration', 'client', 'client_update'];
const CLIENT_PATH = /^\/reg\/[^/]+$/;

/** The library's own limit: what is larger, or can't be read, is for it to refuse. */
const LARGEST_BODY = 56 * 1024;

/** A presented secret is hashed before it is compared; a secret is shown in the answer that it is made for, no hash ever. */
export function registrationSecrets(): Middleware {
  async function around(ctx: Context, next: Next): Promise<void> {
    if (ctx.method === 'PUT' && CLIENT_PATH.test(ctx.path)) await hashPresentedSecret(ctx);
    await next();
    const { oidc } = ctx as { oidc?: { route?: string } };
    if (ROUTES.includes(oidc?.route) && isObject(ctx.body)) showSecret(ctx.body, ctx.state.newClientSecret);
  }

  return (ctx, next) => (ctx.path.startsWith('/reg') ? around(ctx, next) : next());
}

/** RFC 7592 §2.2: an update that holds the secret must hold the right one. */
async function hashPresentedSecret(ctx: Context): Promise<void> {
  if (!ctx.is('application/json') || ctx.get('content-encoding') !== '') return;
  const bytes = await readAtMost(ctx.req, LARGEST_BODY);
  if (!bytes) return;
  const given = parsed(bytes);
  const secret = isObject(given) ? given.client_secret : undefined;
  const hashed = typeof secret === 'string' && { ...Object(given), client_secret: hashClientSecret(secret) };
  sendAgain(ctx, hashed ? Buffer.from(JSON.stringify(hashed)) : bytes);
}

function showSecret(answer: Record<string, unknown>, fresh: unknown): void {
  if (fresh !== undefined && answer.client_secret !== undefined) answer.client_secret = fresh;
  else Reflect.deleteProperty(answer, 'client_secret');
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
