/**
 * The one way out: every request that the server makes for a portal passes here (its keys, its sector document, its
 * back-channel logout). A portal's metadata is a stranger's text, and so must not lead into our own network
 * (server-side request forgery), hold up a login, or make us a weapon against the portal.
 */
import { lookup } from 'node:dns';
import type { Clock, Log, OutgoingFetch, OutgoingRefused } from '../provider/flows/ports.ts';
import { type Answer, type Guard, guardedRequest, type Sent } from './guarded-request.ts';

export interface OutgoingOptions extends Omit<Guard, 'resolve'> {
  /** Nobody makes us ask for a document more often than this: when it came, and when it could not be had. */
  readonly keepMs: number;
  readonly keepFailedMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly resolve?: Guard['resolve'];
}

interface Kept {
  until: number;
  readonly answer: Promise<Answer>;
}

/** Documents of 64 KiB: 16 MiB at most. */
const MAX_KEPT = 256;

/** The only headers that travel: no cookie, no authorization, nothing that tells who we are. */
const HEADERS = ['accept', 'content-type'];

export function outgoing(options: OutgoingOptions): OutgoingFetch {
  const { keepMs, keepFailedMs, clock, log, resolve = lookup, ...limits } = options;
  const guard: Guard = { ...limits, resolve };
  const kept = new Map<string, Kept>();

  async function send(url: URL, sent: Sent): Promise<Answer> {
    try {
      return await guardedRequest(url, sent, guard);
    } catch (error) {
      log.warn({ host: url.host, because: (error as Partial<OutgoingRefused>).because }, 'outgoing request');
      throw error;
    }
  }

  function document(url: URL, sent: Sent): Promise<Answer> {
    const known = kept.get(url.href);
    if (known && known.until > clock.now()) return known.answer;
    kept.delete(url.href);
    const [oldest] = kept.keys();
    if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    const entry: Kept = { until: clock.now() + keepFailedMs, answer: send(url, sent) };
    kept.set(url.href, entry);
    return entry.answer.then((answer) => {
      if (answer.status === 200) entry.until = clock.now() + keepMs;
      return answer;
    });
  }

  return async (address, { method = 'GET', headers, body, signal } = {}) => {
    const url = new URL(address);
    const sent = { headers: travelling(headers), ...(signal && { signal }) };
    if (method === 'GET') return responseOf(await document(url, { ...sent, method }));
    if (method !== 'POST') throw new TypeError(`nothing here sends ${method}`);
    return responseOf(await send(url, { ...sent, method, body: String(body ?? '') }));
  };
}

function travelling(given: RequestInit['headers']): Record<string, string> {
  const headers = new Headers(given);
  return Object.fromEntries([...headers].filter(([name]) => HEADERS.includes(name)));
}

function responseOf({ status, type, body }: Answer): Response {
  const empty = status === 204 || status === 205;
  return new Response(empty ? null : Buffer.from(body), {
    status,
    ...(type !== undefined && { headers: { 'content-type': type } }),
  });
}
