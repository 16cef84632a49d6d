/** The whole product in this process, on a real store, with cheap hashing and mails that can be read. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { openLog } from '../../adapters/log.ts';
import { NO_METRICS } from '../../adapters/measured.ts';
import { openStore } from '../../adapters/open-store.ts';
import {
  type ClosablePasswordHasher,
  type MeasuredPasswordHasher,
  type Patience,
  passwordHasher,
} from '../../adapters/password-hasher.ts';
import type { Store } from '../../adapters/store.ts';
import { systemClock as clock } from '../../adapters/system.ts';
import { type Env, readEnv } from '../../config/env.ts';
import { HASH_PATIENCE } from '../../config/policy.ts';
import { compose, type Kapu } from '../../provider/compose.ts';
import type { Outside } from '../../provider/composition/ports.ts';
import type { Entrance, Metrics, Traces, Turns } from '../../provider/flows/ports.ts';
import { newFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { giveSigningKeys } from './signing-keys.ts';

export interface TestKapu extends Kapu {
  readonly issuer: string;
  readonly env: Env;
  /** Everything the server logged. */
  readonly logged: () => string;
  /** Mails as written, newest last. */
  readonly mails: () => Promise<string[]>;
  stop(): Promise<void>;
}

export interface TestOptions {
  /** Stands before the store, to watch or to break it. */
  readonly wrapStore?: (store: Store) => Store;
  /** The same for the password hasher. */
  readonly wrapHasher?: (hasher: ClosablePasswordHasher) => ClosablePasswordHasher;
  /** Absent: the embedded store in a new folder. */
  readonly redisUrl?: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** Absent: as cheap as can be. */
  readonly hashing?: {
    readonly argon2: typeof CHEAP;
    readonly threads: number;
    readonly patience?: Patience;
  };
  /** Absent: everybody may begin a login. */
  readonly entranceFor?: (hasher: MeasuredPasswordHasher, turns: Turns) => Entrance;
  /** Absent: nobody keeps figures. */
  readonly metrics?: Metrics;
  /** Absent: nobody traces. */
  readonly traces?: Traces;
  readonly keys?: Outside['keys'];
  /** Absent: it is kept, for `logged`. */
  readonly logTo?: Pick<Writable, 'write'>;
  /** What is in the store before the start; else signing keys, since making them takes a while. */
  readonly prepare?: (env: Env, store: Store) => Promise<void>;
}

/** Far below what production allows: the tests are about behaviour, not about the price of a guess. */
const CHEAP = { memoryKiB: 8, passes: 1, lanes: 1 };

/** Longer than a test, and a measurement's pauses: a connection that ends while it is taken up again would look like a fault. */
const KEPT_ALIVE_MS = 65_000;

export async function startKapu({
  redisUrl,
  variables = {},
  metrics = NO_METRICS,
  hashing = { argon2: CHEAP, threads: 1 },
  keys,
  traces,
  prepare = giveSigningKeys,
  entranceFor,
  logTo,
  wrapStore = (store) => store,
  wrapHasher = (hasher) => hasher,
}: TestOptions = {}): Promise<TestKapu> {
  const folder = newFolder('data');
  const port = await freePort();
  const redis = redisUrl === undefined ? {} : { REDIS_URL: redisUrl };
  const env = readEnv({ NODE_ENV: 'test', PORT: `${port}`, DATA_DIR: folder, ...redis, ...variables });

  const lines: string[] = [];
  const log = openLog('info', logTo ?? { write: (line: string) => lines.push(line) });
  const store = wrapStore(
    await openStore({ ...(env.redis && { redis: env.redis }), dataDir: env.dataDir, clock }),
  );
  const measured = await passwordHasher({ patience: HASH_PATIENCE, ...hashing, metrics });
  const hasher = wrapHasher(measured);
  await prepare(env, store);
  const kapu = await compose(env, {
    store,
    hasher,
    clock,
    log,
    metrics,
    ...(entranceFor && { entranceFor: (turns: Turns) => entranceFor(measured, turns) }),
    ...(keys && { keys }),
    ...(traces && { traces }),
  });
  const server = createServer({ keepAliveTimeout: KEPT_ALIVE_MS }, kapu.handle);
  await new Promise<void>((resolve) => server.listen(env.port, 'localhost', resolve));

  await kapu.begin();

  return {
    ...kapu,
    env,
    issuer: env.issuer,
    logged: () => lines.join(''),
    async mails() {
      await kapu.drain();
      return mailsIn(path.join(folder, 'mail'));
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await kapu.stop();
      await hasher.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function mailsIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .toSorted()
      .map((file) => readFileSync(path.join(folder, file), 'utf8'));
  } catch {
    return [];
  }
}
