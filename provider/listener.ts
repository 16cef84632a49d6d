/** The HTTP server of an instance: plain behind a proxy, or TLS by itself with a certificate that may change. */
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { EnvError, type TlsFiles } from '../config/env.ts';
import type { Log } from './flows/ports.ts';

/** Slow clients are cut off: headers within 10 seconds, a whole request within 30, a reader that takes nothing after 60. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** How often the two are looked at: by itself Node does that every 30 seconds only. */
  connectionsCheckingInterval: 1_000,
  timeout: 60_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
};

/** Requests under way on one connection. */
const PIPELINED_AT_MOST = 4;

/** TLS 1.2 with forward secrecy and AEAD only, and 1.3 (RFC 9325 §4.2, FAPI 2.0 §5.2.1). */
const STRENGTH = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384',
  ].join(':'),
} as const;

/** How often a changed certificate is looked for. Renewers replace files, links and folders: no watcher sees them all. */
const LOOK_EVERY_MS = 60_000;

export interface ListenerOptions {
  readonly limits?: Partial<typeof LIMITS>;
  readonly lookEveryMs?: number;
}

/** Throws {@link EnvError} when there is a certificate to use and it can't be. */
export function httpServer(
  handle: RequestListener,
  tls: TlsFiles | undefined,
  log: Log,
  { limits: changed, lookEveryMs = LOOK_EVERY_MS }: ListenerOptions = {},
): Server {
  const limits = { ...LIMITS, ...changed };
  const answer = fewAtOnce(handle);
  const server = tls ? tlsServer(answer, tls, log, limits, lookEveryMs) : createServer(limits, answer);
  server.timeout = limits.timeout;
  return server;
}

/**
 * Browsers and proxies wait for an answer before they ask again by the same connection. Whoever doesn't has hundreds of
 * requests read at once, and everybody else waits for all of them.
 */
function fewAtOnce(handle: RequestListener): RequestListener {
  const underWay = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return;
    const count = (underWay.get(socket) ?? 0) + 1;
    if (count > PIPELINED_AT_MOST) return void socket.destroy();
    underWay.set(socket, count);
    response.once('close', () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1));
    handle(request, response);
  };
}

function tlsServer(
  handle: RequestListener,
  tls: TlsFiles,
  log: Log,
  limits: typeof LIMITS,
  lookEveryMs: number,
): Server {
  let inUse = certificate(tls);
  const server = createTlsServer({ ...limits, ...STRENGTH, ...inUse }, handle);
  const timer = setInterval(() => {
    inUse = renewed(server, inUse, tls, log);
  }, lookEveryMs);
  timer.unref();
  server.once('close', () => clearInterval(timer));
  return server;
}

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

function certificate({ cert, key }: TlsFiles): Certificate {
  try {
    const read = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
    createSecureContext(read);
    return read;
  } catch (error) {
    throw new EnvError([`TLS_CERT, TLS_KEY: ${(error as Error).message}`]);
  }
}

/** New connections get the new certificate. Half a change, as while files are being replaced, is not used. */
function renewed(server: TlsServer, inUse: Certificate, tls: TlsFiles, log: Log): Certificate {
  try {
    const found = certificate(tls);
    if (found.cert === inUse.cert) return inUse;
    server.setSecureContext({ ...STRENGTH, ...found });
    log.info({}, 'a new TLS certificate is in use');
    return found;
  } catch (error) {
    log.error({ err: error }, 'the TLS certificate on disk can not be used, the former one stays');
    return inUse;
  }
}
