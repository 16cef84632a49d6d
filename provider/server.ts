/** One instance: store, application, listening, draining. */
import type { Server } from 'node:http';
import { Server as Listener } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { entrance } from '../adapters/entrance.ts';
import { openLog } from '../adapters/log.ts';
import { passwordHasher } from '../adapters/password-hasher.ts';
import { systemClock } from '../adapters/system.ts';
import { type Env, EnvError } from '../config/env.ts';
import { HASH_PATIENCE, PASSWORD_MIN_LENGTH } from '../config/policy.ts';
import { compose, type Kapu } from './compose.ts';
import { portalsAtLow } from './flows/password-length.ts';
import type { Log, Turns } from './flows/ports.ts';
import { httpServer } from './listener.ts';
import { openedStore } from './opened-store.ts';
import { watching } from './watching.ts';

/** How long what is under way may take to end after SIGTERM. */
const DRAIN_MS = 10_000;
/** How long a connection without a request is kept after SIGTERM. */
const LINGER_MS = 1_000;

export interface Running {
  readonly env: Env;
  readonly kapu: Kapu;
  /** Takes no new requests, lets those under way end, closes everything. */
  stop(): Promise<void>;
}

/** Throws {@link EnvError} with everything that stands against starting. */
export async function start(env: Env): Promise<Running> {
  const log = openLog(env.logLevel);
  const store = await openedStore(env, log);
  const { stop: stopWatching, ...watched } = await watching(env, log);
  const { metrics } = watched;
  const { argon2, hashThreads: threads } = env;
  const hasher = await passwordHasher({ argon2, threads, patience: HASH_PATIENCE, metrics });
  const entranceFor = (turns: Turns) => entrance({ hasher, turns, metrics });
  const kapu = await compose(env, { store, hasher, entranceFor, clock: systemClock, log, ...watched });
  if (env.production) await noteDoubts(env, kapu, log);
  const server = httpServer(kapu.handle, env.tls, log);
  await listening(server, env);
  await kapu.begin();
  kapu.warmUp().catch((error: unknown) => log.error({ err: error }, 'warm-up'));
  log.info({ issuer: env.issuer, engine: env.redis?.kind ?? 'embedded' }, 'listening');

  return {
    env,
    kapu,
    async stop() {
      await closed(server);
      await Promise.race([kapu.stop(), pause(DRAIN_MS, undefined, { ref: false })]);
      await stopWatching();
      await hasher.close();
      await store.close();
    },
  };
}

/** What does not stand against starting, and is likely a mistake all the same. */
async function noteDoubts(env: Env, kapu: Kapu, log: Log): Promise<void> {
  if (env.trustedProxies.length === 0 && !env.tls)
    log.warn(
      {},
      'TRUST_PROXY and TLS_CERT are empty: without a trusted TLS proxy every request is answered with 421',
    );
  await noteShortPasswords(env, kapu, log);
}

/** What an operator decided when no portal let people in with a password alone may be too little by now. */
async function noteShortPasswords(
  { passwordMinLength, acrValues }: Env,
  kapu: Kapu,
  log: Log,
): Promise<void> {
  const { alone } = PASSWORD_MIN_LENGTH;
  if (passwordMinLength === undefined || passwordMinLength >= alone) return;
  const portals = await portalsAtLow(kapu.clients, acrValues);
  if (portals > 0)
    log.warn(
      { portals },
      `PASSWORD_MIN_LENGTH is ${passwordMinLength}, and a password alone opens portals: it takes ${alone} characters`,
    );
}

function listening(server: Server, { host, port }: Env): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new EnvError([`PORT: ${port} is in use on ${host}`]) : error),
    );
    server.listen(port, host, resolve);
  });
}

/**
 * Who holds a connection open, a proxy above all, learns from the next answer that it ends. Had it just been closed, a
 * request on its way would be lost, and with a POST what somebody has typed.
 */
function closed(server: Server): Promise<void> {
  server.prependListener('request', (_request, response) => void response.setHeader('Connection', 'close'));
  return new Promise((resolve) => {
    // Not its own close(), which ends idle connections at once.
    Listener.prototype.close.call(server, () => resolve());
    setTimeout(() => server.closeIdleConnections(), LINGER_MS).unref();
    setTimeout(() => server.closeAllConnections(), DRAIN_MS).unref();
  });
}
