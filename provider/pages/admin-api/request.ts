/** Reading a program's request: every part is hostile until it was held against its schema. */
import type { Context } from 'koa';
import { z } from 'zod';
import { readJson } from '../../core/json.ts';
import { readAtMost } from '../../oidc/body.ts';
import type { Operation } from './operation.ts';
import { type Fault, type ProblemName, type Refused, refused } from './problem.ts';

const LARGEST_BODY = 64 * 1024;

export type Read<T> = { readonly ok: true; readonly value: T } | Refused;

const read = <T>(value: T): Read<T> => ({ ok: true, value });

/** The bytes of the body, none where the operation takes none. */
export async function readBytes(ctx: Context, { body, file }: Operation): Promise<Read<Buffer>> {
  if (file) return readFile(ctx, file);
  if (!body) return read(Buffer.alloc(0));
  if (ctx.is('application/json') !== 'application/json' || ctx.get('content-encoding') !== '')
    return refused('unsupported-type');
  const { charset = 'utf-8' } = ctx.request;
  if (charset !== '' && !/^utf-?8$/i.test(charset)) return refused('unsupported-type');
  const bytes = await readAtMost(ctx.req, LARGEST_BODY);
  return bytes ? read(bytes) : refused('too-large');
}

async function readFile(
  ctx: Context,
  { type, limit }: NonNullable<Operation['file']>,
): Promise<Read<Buffer>> {
  if (ctx.is(type) !== type || ctx.get('content-encoding') !== '') return refused('unsupported-type');
  const bytes = await readAtMost(ctx.req, limit);
  return bytes ? read(bytes) : refused('too-large');
}

const REASONS = {
  'no-json': 'the body is not JSON',
  'forbidden-name': 'a property must not be called __proto__, constructor or prototype',
  'too-deep': 'the body nests too deeply',
  'no-text': 'the body holds control characters or halves of letters',
} as const;

export function bodyOf(bytes: Buffer, { body }: Operation): Read<unknown> {
  if (!body) return read(undefined);
  const text = utf8(bytes);
  if (text === undefined) return refused('malformed-request', 'the body is not UTF-8');
  const json = readJson(text);
  if (!json.ok) return refused('malformed-request', REASONS[json.because]);
  return checked(body, json.value, 'invalid-content', ({ path, message }) => ({
    detail: message,
    pointer: `#${path.map((part) => `/${escaped(String(part))}`).join('')}`,
  }));
}

/** RFC 6901 §3, and §6 for a fragment. */
const escaped = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const NO_QUERY = z.strictObject({});

export function queryOf(ctx: Context, { query = NO_QUERY }: Operation): Read<unknown> {
  const entries = [...new URLSearchParams(ctx.querystring)];
  const twice = entries.find(([name], at) => entries.findIndex(([other]) => other === name) !== at);
  if (twice) return refused('malformed-request', 'a parameter came twice');
  return checked(query, Object.fromEntries(entries), 'invalid-parameter', (issue) => ({
    detail: issue.message,
    parameter: String(issue.path[0] ?? ('keys' in issue ? issue.keys : '')),
  }));
}

function checked(
  schema: z.ZodType,
  value: unknown,
  problem: ProblemName,
  faultOf: (issue: z.core.$ZodIssue) => Fault,
): Read<unknown> {
  const result = schema.safeParse(value);
  if (result.success) return read(result.data);
  return refused(problem, undefined, result.error.issues.slice(0, 20).map(faultOf));
}

/** The tag in `If-Match`; empty, which matches nothing, for what is no ETag of ours. */
export function seenOf(ctx: Context, { guarded }: Operation): Read<string> {
  if (!guarded) return read('');
  const given = ctx.get('if-match');
  if (given === '') return refused('precondition-required');
  return read(/^"([\w-]{1,64})"$/.exec(given)?.[1] ?? '');
}

/** Undefined: none was sent. */
export function idempotencyKeyOf(ctx: Context, { creates }: Operation): Read<string | undefined> {
  const key = ctx.get('idempotency-key');
  if (!creates || key === '') return read(undefined);
  if (/^[\x21-\x7e]{8,200}$/.test(key)) return read(key);
  return refused('invalid-parameter', undefined, [
    { header: 'Idempotency-Key', detail: 'must have 8 to 200 visible characters' },
  ]);
}
