/** The two engines of the store, for tests that hold on either: a folder, and a Redis of one's own. */
import { rmSync } from 'node:fs';
import { describe } from '@jest/globals';
import type { StoreOptions } from '../../adapters/open-store.ts';
import { redisAt } from '../../config/redis.ts';
import { newFolder } from './folders.ts';
import { describeWithRedis } from './needs.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

export type EngineName = 'embedded' | 'redis';

export function onEachEngine(tests: (engine: EngineName) => void): void {
  describe('on the embedded engine', () => tests('embedded'));
  describeWithRedis('on the redis engine', () => tests('redis'));
}

export interface StorePlace {
  /** Where a store is opened. */
  readonly at: Pick<StoreOptions, 'dataDir' | 'redis'>;
  readonly server: RedisServer | undefined;
  remove(): Promise<void>;
}

export async function newPlace(engine: EngineName): Promise<StorePlace> {
  const dataDir = newFolder('store');
  const server = engine === 'redis' ? await startRedis() : undefined;
  return {
    at: { dataDir, ...(server && { redis: redisAt(server.url) }) },
    server,
    async remove() {
      await server?.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
