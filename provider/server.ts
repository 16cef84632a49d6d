/** One instance: store, application, listening, draining. */

import cluster from 'node:cluster';
import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { isUnfinished } from '../adapters/backup/transfer.ts';
import { entrance } from '../adapters/entrance.ts';
import { openLog } from '../adapters/log.ts';
import { NO_METRICS } from '../adapters/measured.ts';
import { openStore } from '../adapters/open-store.ts';
import { passwordHasher } from '../adapters/password-hasher.ts';
import type { RedisFinding } from '../adapters/redis/findings.ts';
import type { Store } from '../adapters/store.ts';
import { systemClock } from '../adapters/system.ts';
import type { OpenTraces } from '../adapters/traces.ts';
import { type Env, EnvError } from '../config/env.ts';
import { HASH_PATIENCE, PASSWORD_MIN_LENGTH } from '../config/policy.ts';
import type { RedisSettings } from '../config/redis.ts';
import { compose, type Kapu } from './compose.ts';
import { portalsAtLow } from './flows/password-length.ts';
import type { Log, Metrics } from './flows/ports.ts';
import { httpServer } from './listener.ts';
import { serveMetrics } from './metrics-server.ts';

/** How long what is under way may take to end after SIGTERM. */
const DRAIN_MS = 10_000;

/** How long a collector may hold up the end of a server. */
const TRACES_WAIT_MS = 2_000;

/** How long a start waits for a store that is itself just starting. */
const STORE_WAIT_MS = 60_000;
const STORE_RETRY_MS = 500;

export interface Running {
  readonly env: Env;
  readonly kapu: Kapu;
  /** Takes no new requests, lets those under way end, closes everything. */
  stop(): Promise<void>;
}

/** Throws {@link EnvError} with everything that stands against starting. */
export async function start(env: Env): Promise<Running> {
  const log = openLog(env.logLevel);
  const store = await openStore({
    ...(env.redis && { redis: env.redis }),
    dataDir: env.dataDir,
    clock: systemClock,
    onError: (error) => log.error({ err: error }, 'store'),
  });
  await answering(store, log);
  if (await isUnfinished(store))
    throw new EnvError(['the store: a restore or a copy into it did not end; begin it again']);
  if (env.production && env.trustedProxies.length === 0 && !env.tls) {
    log.warn(
      {},
      'TRUST_PROXY and TLS_CERT are empty: without a trusted TLS proxy every request is answered with 421',
    );
  }
  if (env.production && env.redis) await examine(env.redis, log);
  const figures = await figuresOf(env);
  const { metrics } = figures;
  const hasher = await passwordHasher({
    argon2: env.argon2,
    threads: env.hashThreads,
    patience: HASH_PATIENCE,
    metrics,
  });
  const traces = await tracesOf(env, log);
  const kapu = await compose(env, {
    store,
    hasher,
    entrance: entrance({ hasher, metrics }),
    clock: systemClock,
    log,
    metrics,
    ...(traces && { traces }),
  });
  if (env.production) await noteShortPasswords(env, kapu, log);
  const server = httpServer(kapu.handle, env.tls, log);
  await listening(server, env);
  await kapu.begin();
  log.info({ issuer: env.issuer, engine: env.redis?.kind ?? 'embedded' }, 'listening');

  return {
    env,
    kapu,
    async stop() {
      await closed(server);
      figures.stop();
      await Promise.race([kapu.stop(), pause(DRAIN_MS, undefined, { ref: false })]);
      await Promise.race([traces?.stop(), pause(TRACES_WAIT_MS, undefined, { ref: false })]);
      await hasher.close();
      await store.close();
    },
  };
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

/** Loads what makes traces only where there is a collector. */
async function tracesOf({ tracesTo }: Env, log: Log): Promise<OpenTraces | undefined> {
  if (tracesTo === undefined) return undefined;
  const { openTraces } = await import('../adapters/traces.ts');
  return openTraces(tracesTo, log);
}

interface Figures {
  readonly metrics: Metrics;
  stop(): void;
}

/** Loads what keeps the figures only where somebody reads them: a worker's are read by its primary. */
async function figuresOf({ metrics: at }: Env): Promise<Figures> {
  if (!at) return { metrics: NO_METRICS, stop() {} };
  const { prometheus, scrape } = await import('../adapters/metrics.ts');
  if (cluster.isWorker) return { metrics: prometheus(), stop() {} };
  const server = await serveMetrics(at, scrape);
  return {
    metrics: prometheus(),
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answering(store: Store, log: Log): Promise<void> {
  const until = performance.now() + STORE_WAIT_MS;
  while (performance.now() < until) {
    try {
      return await store.ping();
    } catch (error) {
      log.warn({ err: error }, 'waiting for the store');
      await pause(STORE_RETRY_MS);
    }
  }
  throw new EnvError(['the store does not answer: see what was logged before this']);
}

/** Production refuses a Redis that loses what it was given, and says what may lose it on a bad day. */
async function examine(redis: RedisSettings, log: Log): Promise<void> {
  const { redisFindings } = await import('../adapters/redis/findings.ts');
  const said = ({ setting, value, advice }: RedisFinding) => `Redis ${setting} is ${value}: ${advice}`;
  const all = await redisFindings(redis);
  const wrong = all.filter(({ verdict }) => verdict === 'wrong').map(said);
  if (wrong.length > 0) throw new EnvError(wrong);
  for (const one of all) if (one.verdict === 'doubtful') log.warn({}, said(one));
}

function listening(server: Server, { host, port }: Env): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new EnvError([`PORT: ${port} is in use on ${host}`]) : error),
    );
    server.listen(port, host, resolve);
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), DRAIN_MS).unref();
  });
}
