/** Tracing from outside: what is traced does not know of it. Names come from closed sets, and nothing is about a person. */
import type { Delivered, Queue } from '../provider/core/delivery.ts';
import type { OutgoingFetch, PasswordHasher, Traces } from '../provider/flows/ports.ts';
import { aroundStore } from './around-store.ts';
import type { Receiver } from './outbox/delivery.ts';
import type { Receivers } from './outbox/workers.ts';
import type { Store } from './store.ts';

/** The same store; every call is a span by its name, without keys and values. */
export function tracedStore(store: Store, traces: Traces): Store {
  return aroundStore(
    store,
    (operation, call) =>
      (...given) =>
        traces.within({ name: `store ${operation}`, kind: 'ask' }, () => call(...given)),
  );
}

/** Waiting for a thread is a part of it. */
export function tracedHasher<H extends PasswordHasher>(hasher: H, traces: Traces): H {
  return {
    ...hasher,
    hash: (secret) => traces.within({ name: 'password hash', kind: 'work' }, () => hasher.hash(secret)),
    verify: (known, secret) =>
      traces.within({ name: 'password verify', kind: 'work' }, () => hasher.verify(known, secret)),
  };
}

/** Whom we asked, not what: a portal's address may hold more than its host. */
export function tracedOutgoing(send: OutgoingFetch, traces: Traces): OutgoingFetch {
  return (address, init) => {
    const method = init?.method ?? 'GET';
    const facts = { 'http.request.method': method, 'server.address': new URL(address).hostname };
    return traces.within({ name: `outgoing ${method}`, kind: 'ask', facts }, async (tell) => {
      const answer = await send(address, init);
      tell(`outgoing ${method}`, { 'http.response.status_code': answer.status });
      return answer;
    });
  };
}

/** Each try is a trace: by what queue, which kind of letter, how often it was tried and what came of it. */
export function tracedReceivers({ mail, logout }: Receivers, traces: Traces): Receivers {
  return {
    ...(mail && { mail: tracedReceiver('mail', mail, traces) }),
    ...(logout && { logout: tracedReceiver('logout', logout, traces) }),
  };
}

function tracedReceiver(queue: Queue, receiver: Receiver, traces: Traces): Receiver {
  const name = `deliver ${queue}`;
  return {
    ...receiver,
    deliver(body, job) {
      const facts = { 'kapu.letter': job.about, 'kapu.attempt': job.attempts };
      return traces.within({ name, kind: 'ask', facts, apart: true }, async (tell) => {
        const delivered = await receiver.deliver(body, job);
        tell(name, { 'kapu.outcome': outcomeOf(delivered) });
        return delivered;
      });
    },
  };
}

function outcomeOf(delivered: Delivered): string {
  if (delivered === 'done') return 'delivered';
  return 'refused' in delivered ? 'refused' : 'failed';
}
