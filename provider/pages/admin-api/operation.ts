/**
 * The Admin API: what the console does, for programs. An {@link Operation} is everything that there is to say of one:
 * the route, who may call it, what comes in and goes out. Serving, the OpenAPI document, limits and tests are made from
 * it and from nothing else. This folder knows no storage; HTTP itself stays with `serve.ts` and what it is made of.
 */
import type { z } from 'zod';
import type { Actor } from '../../core/actor.ts';
import type { AdminScope } from '../../core/admin-scope.ts';
import type { Origin } from '../../core/event.ts';
import type { ProblemName, Refused } from './problem.ts';

/** A request that was found to be in order. */
export interface Call<Q, B> {
  /** By their names in the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  /** What was sent where the operation takes a file. */
  readonly file?: Uint8Array;
  /** The program that calls. */
  readonly by: Actor;
  readonly origin: Origin;
  /** What the caller saw, by its ETag without the quotes; empty for one that is none. */
  readonly seen: string;
}

export interface Done {
  readonly ok: true;
  readonly body?: object;
  /** Names what the body shows, as it is now: letters, digits, `-` and `_`. */
  readonly tag?: string;
  /** Where it can be read from now on, below the address of this interface. */
  readonly location?: string;
  /** It was not done: it waits for somebody's approval, and that is answered. */
  readonly waits?: true;
  /** One after the other, in the place of a body: lines of JSON. */
  readonly lines?: AsyncIterable<object>;
}

export type Reply = Done | Refused;

/** An answer of many lines, each of them JSON. */
export const NDJSON = 'application/x-ndjson';

export interface Operation<Q extends z.ZodType = z.ZodType, B extends z.ZodType = z.ZodType> {
  /** In the OpenAPI document, and in generated code. */
  readonly id: string;
  readonly summary: string;
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** Below the address of this interface; `{name}` stands for a segment. */
  readonly path: `/${string}`;
  readonly scope: AdminScope;
  readonly query?: Q;
  readonly body?: B;
  /** In the place of a body of JSON; `limit` in bytes. */
  readonly file?: { readonly type: string; readonly limit: number };
  /** Takes `If-Match` with the ETag of what was read. */
  readonly guarded?: true;
  /** Creates something: takes an `Idempotency-Key`. */
  readonly creates?: true;
  readonly answer: {
    readonly status: 200 | 201 | 202 | 204;
    readonly about: string;
    readonly schema?: z.ZodType;
    readonly etag?: true;
    /** Each line of the answer is of the schema (NDJSON). */
    readonly lines?: true;
  };
  /** Answered with 202 in the place of `answer` where a change waits for approval. */
  readonly waiting?: { readonly about: string; readonly schema: z.ZodType };
  /** Beyond those that follow from the rest. */
  readonly problems?: readonly ProblemName[];
  handle(call: Call<z.output<Q>, z.output<B>>): Promise<Reply>;
}

/** An operation among others, its own types checked before. */
export function operation<Q extends z.ZodType, B extends z.ZodType>(one: Operation<Q, B>): Operation {
  return one;
}

export const paramsOf = (path: string): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

/** Every problem that an operation may answer with: the document promises them, and no other comes. */
export function problemsOf(one: Operation): ProblemName[] {
  const { path, body, file, guarded, creates, problems = [] } = one;
  const found: ProblemName[] = [
    'malformed-request',
    'invalid-parameter',
    'unauthenticated',
    'insufficient-scope',
    'rate-limited',
    'fault',
    'unavailable',
    ...problems,
  ];
  if (paramsOf(path).length > 0) found.push('not-found');
  if (body || file) found.push('too-large', 'unsupported-type', 'invalid-content');
  if (guarded) found.push('changed-meanwhile', 'precondition-required');
  if (creates) found.push('request-under-way', 'key-reused');
  return [...new Set(found)];
}
