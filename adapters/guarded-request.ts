/**
 * One request to an address that somebody else chose. Where it really goes is decided by the addresses that its
 * socket is given: they are looked at between the name's resolution and the connection, so there is no moment in
 * which the name could come to mean another machine (DNS rebinding).
 */
import type { LookupAddress, LookupOptions } from 'node:dns';
import { type IncomingMessage, request as plainRequest, type RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { OutgoingRefused } from '../provider/flows/ports.ts';
import { isPublicAddress } from './public-address.ts';

export interface Guard {
  /** Hosts that may lie in a private network and may be asked without TLS. */
  readonly allowedHosts: readonly string[];
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** The system's resolver, with all addresses of a name. */
  readonly resolve: (
    name: string,
    options: LookupOptions & { all: true },
    done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
  ) => void;
}

export interface Sent {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** What came back: of the headers the type alone, for how long it may be kept is not for its sender to say. */
export interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body: Uint8Array;
}

/** Throws {@link OutgoingRefused}. No redirect is followed, no compressed answer is unpacked, no more than `maxBytes` are read. */
export async function guardedRequest(url: URL, sent: Sent, guard: Guard): Promise<Answer> {
  const allowed = guard.allowedHosts.includes(hostOf(url));
  refuseAddress(url, allowed);
  const limit = AbortSignal.timeout(guard.timeoutMs);
  const signal = sent.signal ? AbortSignal.any([sent.signal, limit]) : limit;
  const answer = await answerTo(url, sent, {
    method: sent.method,
    headers: { ...sent.headers, 'accept-encoding': 'identity' },
    // A connection of its own: none that was checked for another name is used again.
    agent: false,
    signal,
    ...(!allowed && { lookup: publicOnly(guard.resolve) }),
  });
  try {
    return await responseOf(answer, guard.maxBytes);
  } catch (error) {
    throw inWords(error, signal);
  } finally {
    answer.destroy();
  }
}

function refuseAddress(url: URL, allowed: boolean): void {
  if (url.username !== '' || url.password !== '') throw new OutgoingRefused('credentials');
  if (url.protocol !== 'https:' && !(allowed && url.protocol === 'http:'))
    throw new OutgoingRefused('not-https');
  // For a literal address nothing is resolved.
  const host = hostOf(url);
  if (!allowed && isIP(host) !== 0 && !isPublicAddress(host)) throw new OutgoingRefused('private-address');
}

/** As the list of allowed hosts has it: without the brackets of an IPv6 address. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function publicOnly(resolve: Guard['resolve']): LookupFunction {
  return (name, options, done) => {
    resolve(name, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      const refused = addresses?.every(({ address }) => isPublicAddress(address))
        ? null
        : new OutgoingRefused('private-address');
      if (error || refused || !first) done(error ?? refused ?? new OutgoingRefused('unreachable'), []);
      else if (options.all) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}

function answerTo(url: URL, { body }: Sent, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? tlsRequest : plainRequest;
    const request = send(url, options, resolve);
    request.once('error', (error) => reject(inWords(error, options.signal)));
    request.end(body);
  });
}

function inWords(error: unknown, signal: AbortSignal | undefined): OutgoingRefused {
  if (error instanceof OutgoingRefused) return error;
  return new OutgoingRefused(signal?.aborted ? 'too-slow' : 'unreachable', { cause: error });
}

async function responseOf(answer: IncomingMessage, maxBytes: number): Promise<Answer> {
  const { statusCode: status = 0, headers } = answer;
  if (status >= 300 && status < 400) throw new OutgoingRefused('redirect');
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') throw new OutgoingRefused('compressed');
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw new OutgoingRefused('too-large');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new OutgoingRefused('too-large');
    chunks.push(chunk);
  }
  const type = headers['content-type'];
  return { status, body: Buffer.concat(chunks), ...(type !== undefined && { type }) };
}
