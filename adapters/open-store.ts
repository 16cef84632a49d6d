/** Redis if there is one, else the folder. */
import { join } from 'node:path';
import type { RedisPlace } from './redis/place.ts';
import { shapedStore, UPGRADES } from './shapes.ts';
import type { Engine, Store } from './store.ts';

export interface StoreOptions {
  readonly redis?: RedisPlace;
  /** The embedded store takes the folder `store` in it. */
  readonly dataDir: string;
  readonly clock: { now(): number };
  /** Hears of faults in the background, for the log. */
  readonly onError?: (error: Error) => void;
}

/** Documents come in today's shape, whichever release wrote them. */
export async function openStore(options: StoreOptions): Promise<Store> {
  return shapedStore(await openEngine(options), UPGRADES);
}

/**
 * Documents come as they lie there: for who carries them elsewhere. Loads only the engine that is used: either takes
 * a while, and the command line starts often.
 */
export async function openEngine({ redis, dataDir, ...rest }: StoreOptions): Promise<Engine> {
  if (redis) {
    const { openRedisStore } = await import('./redis/store.ts');
    return openRedisStore({ place: redis, ...rest });
  }
  const { openEmbeddedStore } = await import('./embedded-store.ts');
  return openEmbeddedStore({ folder: join(dataDir, 'store'), ...rest });
}
