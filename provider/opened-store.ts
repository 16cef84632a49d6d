/** The store of an instance: it answers, holds all that was put into it, and in production loses nothing of that. */
import { setTimeout as pause } from 'node:timers/promises';
import { isUnfinished } from '../adapters/backup/transfer.ts';
import { openStore } from '../adapters/open-store.ts';
import type { RedisFinding } from '../adapters/redis/findings.ts';
import type { Store } from '../adapters/store.ts';
import { systemClock } from '../adapters/system.ts';
import { type Env, EnvError } from '../config/env.ts';
import type { RedisSettings } from '../config/redis.ts';
import type { Log } from './flows/ports.ts';

/** How long a start waits for a store that is itself just starting. */
const WAIT_MS = 60_000;
const RETRY_MS = 500;

/** Throws {@link EnvError} for one that nothing may be built on. */
export async function openedStore({ dataDir, production, redis }: Env, log: Log): Promise<Store> {
  const store = await openStore({
    ...(redis && { redis }),
    dataDir,
    clock: systemClock,
    onError: (error) => log.error({ err: error }, 'store'),
  });
  await answering(store, log);
  if (await isUnfinished(store))
    throw new EnvError(['the store: a restore or a copy into it did not end; begin it again']);
  if (production && redis) await examine(redis, log);
  return store;
}

async function answering(store: Store, log: Log): Promise<void> {
  const until = performance.now() + WAIT_MS;
  while (performance.now() < until) {
    try {
      return await store.ping();
    } catch (error) {
      log.warn({ err: error }, 'waiting for the store');
      await pause(RETRY_MS);
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
