/** Redis if there is an address of one, else the folder. */
import { join } from 'node:path';
import { openEmbeddedStore } from './embedded-store.ts';
import { openRedisStore } from './redis-store.ts';
import type { Store } from './store.ts';

export interface StoreOptions {
  readonly redisUrl?: string;
  /** The embedded store takes the folder `store` in it. */
  readonly dataDir: string;
  readonly clock: { now(): number };
  /** Hears of faults in the background, for the log. */
  readonly onError?: (error: Error) => void;
}

export async function openStore({ redisUrl, dataDir, ...rest }: StoreOptions): Promise<Store> {
  if (redisUrl !== undefined) return openRedisStore({ url: redisUrl, ...rest });
  return openEmbeddedStore({ folder: join(dataDir, 'store'), ...rest });
}
