/** Serves the operations: every answer below the interface's address comes from here, and each is one that is promised. */
import { Readable } from 'node:stream';
import type { Context, Middleware } from 'koa';
import type Provider from 'oidc-provider';
import type { z } from 'zod';
import type { Idempotency, Once } from '../../flows/idempotency.ts';
import { StoreUnavailable } from '../../flows/ports.ts';
import { type Machine, machineOf, type Presented } from '../../oidc/machine-tokens.ts';
import { adminApiAddress } from '../../oidc/resource-servers.ts';
import { addressOf } from '../network-address.ts';
import { type ApiRate, type LimitPorts, limits } from './limit.ts';
import { openApiDocument } from './openapi.ts';
import { type Call, type Done, NDJSON, type Operation, type Reply } from './operation.ts';
import { PROBLEMS, problemDocument, type Refused, refused } from './problem.ts';
import { bodyOf, idempotencyKeyOf, queryOf, readBytes, seenOf } from './request.ts';
import { matcher } from './route.ts';

export interface AdminApiPorts extends LimitPorts {
  readonly provider: Provider;
  readonly idempotency: Idempotency;
  /** Runs one request's work and what it left to be written. */
  readonly within: <T>(request: () => Promise<T>) => Promise<T>;
}

interface Ready {
  readonly ok: true;
  readonly call: Call<unknown, unknown>;
  readonly key: string | undefined;
  /** Everything that makes the request what it is. */
  readonly request: readonly (string | Uint8Array)[];
}

export function adminApi(
  operations: readonly Operation[],
  ports: AdminApiPorts,
  { issuer, rate }: { readonly issuer: string; readonly rate: ApiRate },
): Middleware {
  const audience = adminApiAddress(issuer);
  const base = new URL(audience).pathname;
  const match = matcher(operations);
  const overLimit = limits(ports, rate);
  const document = JSON.stringify(openApiDocument(operations, { issuer, audience }));

  async function replyTo(
    ctx: Context,
    one: Operation,
    params: Call<unknown, unknown>['params'],
  ): Promise<Reply> {
    const address = new URL(issuer + ctx.path).href;
    const presented = await machineOf(ports.provider, ctx, { address, audience });
    if (!presented.ok) return unauthenticated(ctx, presented, audience);
    const { machine } = presented;
    const limited = await overLimit(ctx, one, machine.clientId);
    if (limited) return limited;
    if (!machine.scopes.includes(one.scope)) return outOfScope(ctx, one, audience);
    const ready = await readyCall(ctx, one, { params, machine });
    return ready.ok ? carryOut(one, ready) : ready;
  }

  async function carryOut(one: Operation, { call, key, request }: Ready): Promise<Reply> {
    if (key === undefined) return one.handle(call);
    const once = await ports.idempotency<Reply>({ clientId: call.by.id, key, request }, () =>
      one.handle(call),
    );
    return once.ok ? once.answer : repeatedAmiss(once);
  }

  async function serve(ctx: Context): Promise<void> {
    const path = ctx.path.slice(base.length);
    if (path === '/openapi.json' && ['GET', 'HEAD'].includes(ctx.method)) {
      ctx.type = 'application/json';
      ctx.body = document;
      return;
    }
    const found = match(ctx.method, path);
    if (!found.ok) {
      if (found.allowed.length > 0) ctx.set('Allow', found.allowed.join(', '));
      return tell(ctx, refused(found.allowed.length > 0 ? 'method-not-allowed' : 'not-found'));
    }
    Object.assign(ctx, { _matchedRoute: base + found.operation.path });
    const reply = await ports.within(() => replyTo(ctx, found.operation, found.params));
    if (reply.ok) send(ctx, found.operation, reply, base);
    else tell(ctx, reply);
  }

  async function answer(ctx: Context): Promise<void> {
    try {
      await serve(ctx);
    } catch (error) {
      const fault = error instanceof Error ? error : new Error(String(error));
      ports.provider.emit('server_error', ctx as never, fault);
      tell(ctx, refused(fault instanceof StoreUnavailable ? 'unavailable' : 'fault'));
    }
  }

  return (ctx, next) => (ctx.path === base || ctx.path.startsWith(`${base}/`) ? answer(ctx) : next());
}

/** Reads every part of the request, and stops at the first that is amiss. */
async function readyCall(
  ctx: Context,
  one: Operation,
  { params, machine }: { params: Call<unknown, unknown>['params']; machine: Machine },
): Promise<Ready | Refused> {
  const seen = seenOf(ctx, one);
  if (!seen.ok) return seen;
  const key = idempotencyKeyOf(ctx, one);
  if (!key.ok) return key;
  const query = queryOf(ctx, one);
  if (!query.ok) return query;
  const bytes = await readBytes(ctx, one);
  if (!bytes.ok) return bytes;
  const body = bodyOf(bytes.value, one);
  if (!body.ok) return body;
  const call = {
    params,
    query: query.value,
    body: body.value,
    ...(one.file && { file: bytes.value }),
    seen: seen.value,
    by: { kind: 'client', id: machine.clientId, name: machine.name },
    origin: { address: addressOf(ctx.ip), clientId: machine.clientId },
  } as const;
  const request = [ctx.method, ctx.path, ctx.querystring, ctx.get('if-match'), bytes.value];
  return { ok: true, call, key: key.value, request };
}

/** RFC 6750 §3 and RFC 9449 §7.1: which scheme, and what was wrong. */
function unauthenticated(
  ctx: Context,
  presented: Exclude<Presented, { ok: true }>,
  audience: string,
): Refused {
  const scheme = ctx.get('dpop') === '' ? 'Bearer' : 'DPoP';
  challenge(ctx, scheme, { realm: audience, ...(presented.error && { error: presented.error }) });
  return refused('unauthenticated', presented.detail);
}

function outOfScope(ctx: Context, { scope }: Operation, audience: string): Refused {
  challenge(ctx, ctx.get('dpop') === '' ? 'Bearer' : 'DPoP', {
    realm: audience,
    error: 'insufficient_scope',
    scope,
  });
  return refused('insufficient-scope', `this takes ${scope}`);
}

function challenge(ctx: Context, scheme: string, facts: Readonly<Record<string, string>>): void {
  const said = Object.entries(facts).map(([name, value]) => `${name}="${value}"`);
  ctx.set('WWW-Authenticate', `${scheme} ${said.join(', ')}`);
}

function repeatedAmiss({ because }: Extract<Once<Reply>, { ok: false }>): Refused {
  if (because === 'another-request') return refused('key-reused');
  return { ...refused('request-under-way'), retryAfterMs: 1_000 };
}

/** Nothing leaves that the schema does not name. */
function send(ctx: Context, one: Operation, { body, tag, location, lines, waits }: Done, base: string): void {
  const { schema } = (waits && one.waiting) || one.answer;
  ctx.status = waits ? 202 : one.answer.status;
  if (tag !== undefined) ctx.set('ETag', `"${tag}"`);
  if (location !== undefined) ctx.set('Location', base + location);
  if (!schema) return;
  const shown = lines ? Readable.from(inLines(lines, schema)) : JSON.stringify(schema.parse(body));
  ctx.type = lines ? NDJSON : 'application/json';
  ctx.body = shown;
}

async function* inLines(lines: AsyncIterable<object>, schema: z.ZodType): AsyncGenerator<string> {
  for await (const line of lines) yield `${JSON.stringify(schema.parse(line))}\n`;
}

function tell(ctx: Context, refusal: Refused): void {
  const document = problemDocument(refusal, String(ctx.state.requestId));
  ctx.body = JSON.stringify(document);
  ctx.type = 'application/problem+json';
  const [status] = PROBLEMS[refusal.problem];
  ctx.status = status;
  // What is left of the body stays unread: nothing that follows on this connection could be told from it.
  if (status === 413) ctx.set('Connection', 'close');
  const { retryAfterMs = status === 503 ? 5_000 : undefined } = refusal;
  if (retryAfterMs !== undefined) ctx.set('Retry-After', `${Math.ceil(retryAfterMs / 1000)}`);
}
