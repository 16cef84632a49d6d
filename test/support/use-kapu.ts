/** What most tests over HTTP stand on: one Kapu for a whole file, and a clock that stands still until they travel. */
import { afterAll, beforeAll } from '@jest/globals';
import type { EngineName } from './engines.ts';
import { startKapu, type TestKapu, type TestOptions } from './kapu.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { releaseClock, stopClock } from './time.ts';

interface UseOptions extends Omit<TestOptions, 'redisUrl'> {
  /** Absent: the embedded one. */
  readonly engine?: EngineName;
  /** When the clock stands still; absent: now. */
  readonly at?: number;
}

/** `begin` hands the started Kapu, and its Redis if it has one, to the file and makes what all tests share, a portal say. */
export function useKapu(
  begin: (kapu: TestKapu, redis: RedisServer | undefined) => Promise<void> | void,
  { engine = 'embedded', at, ...options }: UseOptions = {},
): void {
  let redis: RedisServer | undefined;
  let kapu: TestKapu | undefined;

  beforeAll(async () => {
    stopClock(at);
    redis = engine === 'redis' ? await startRedis() : undefined;
    kapu = await startKapu({ ...options, ...(redis && { redisUrl: redis.url }) });
    await begin(kapu, redis);
  });
  afterAll(async () => {
    await kapu?.stop();
    await redis?.stop();
    releaseClock();
  });
}
