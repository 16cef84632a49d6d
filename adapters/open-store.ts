/** Redis if there is one, else the folder. */
import { join } from 'node:path';
import type { RedisPlace } from './redis/place.ts';
import type { Store } from './store.ts';

export interface StoreOptions {
  readonly redis?: RedisPlace;
  /** The embedded store takes the folder `store` in it. */
  readonly dataDir: string;
  readonly clock: { now(): number };
  /** Hears of faults in the background, for the log. */
  readonly onError?: (error: Error) => void;
}

/** Loads only the engine that is used: either takes a while, and the command line starts often. */
export async function openStore({ redis, dataDir, ...rest }: StoreOptions): Promise<Store> {
  if (redis) {
    const { openRedisStore } = await import('./redis/store.ts');
    return openRedisStore({ place: redis, ...rest });
  }
  const { openEmbeddedStore } = await import('./embedded-store.ts');
  return openEmbeddedStore({ folder: join(dataDir, 'store'), ...rest });
}
