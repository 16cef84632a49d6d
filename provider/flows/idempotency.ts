/**
 * A request that creates something and comes twice creates once (draft-ietf-httpapi-idempotency-key-header): the second
 * gets the answer of the first. Answers hold secrets that were made for them, so they lie sealed.
 */
import { createHash } from 'node:crypto';
import { DAY_MS } from '../core/duration.ts';
import type { AnsweredRequests, Clock, SecretBox } from './ports.ts';

export interface IdempotencyPorts {
  readonly answeredRequests: AnsweredRequests;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
}

/** How long an answer is kept, and when a request that ended in a crash may begin anew. */
const KEPT_MS = DAY_MS;
const LONGEST_REQUEST_MS = 60_000;

/** Who asks, by which key, and everything that makes the request what it is. */
export interface Repeatable {
  readonly clientId: string;
  readonly key: string;
  readonly request: readonly (string | Uint8Array)[];
}

export type Once<A> =
  | { readonly ok: true; readonly answer: A }
  | { readonly ok: false; readonly because: 'under-way' | 'another-request' };

export type Idempotency = ReturnType<typeof idempotency>;

export function idempotency({ answeredRequests, secretBox, clock }: IdempotencyPorts) {
  /** `create` answers what to send, and whether it has created anything; what has not may be tried again. */
  return async function once<A extends { readonly ok: boolean }>(
    { clientId, key, request }: Repeatable,
    create: () => Promise<A>,
  ): Promise<Once<A>> {
    const id = `${clientId}\u0000${key}`;
    const context = `answered-request:${fingerprintOf([id])}`;
    const fingerprint = fingerprintOf(request);
    const found = await answeredRequests.begin(id, fingerprint, clock.now() + LONGEST_REQUEST_MS);
    if (found !== 'begun') return repeated<A>(found, fingerprint, context);
    // After a fault nobody knows whether something was created: the key stays taken for a minute.
    const answer = await create();
    if (!answer.ok) await answeredRequests.forget(id);
    else {
      const sealed = secretBox.seal(JSON.stringify(answer), context);
      await answeredRequests.keep(id, { fingerprint, answer: sealed }, clock.now() + KEPT_MS);
    }
    return { ok: true, answer };
  };

  function repeated<A>(
    found: Exclude<Awaited<ReturnType<AnsweredRequests['begin']>>, 'begun'>,
    fingerprint: string,
    context: string,
  ): Once<A> {
    if (found.fingerprint !== fingerprint) return { ok: false, because: 'another-request' };
    // A key that sealed it may have been taken away since.
    const opened = found.answer && secretBox.open(found.answer, context);
    if (opened === undefined) return { ok: false, because: 'under-way' };
    return { ok: true, answer: JSON.parse(opened) as A };
  }
}

function fingerprintOf(parts: Repeatable['request']): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('base64url');
}
