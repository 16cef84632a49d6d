/** From a place to clients: for a Sentinel's master, to wherever that is just now. */
import { type Client, clientFor, clusterFor, type Redis } from './client.ts';
import type { RedisPlace } from './place.ts';
import { followMaster } from './sentinels.ts';

export interface Dialler {
  /** A new client, not yet connected; undefined while nobody knows where the master is. */
  dial(): Redis | undefined;
  /** Why nobody knows, as far as anybody says. */
  trouble(): Error | undefined;
  /** Hears when what was dialled before is no longer the place to ask. */
  onMove(listener: () => void): void;
  stop(): void;
}

export async function dialler(place: RedisPlace, onError?: (error: Error) => void): Promise<Dialler> {
  if (place.kind === 'standalone') return unmoving(() => clientFor(place, place.address, place.database));
  if (place.kind === 'cluster') return unmoving(() => clusterFor(place));
  const { address, ...follower } = await followMaster(place, onError);
  return {
    ...follower,
    dial(): Client | undefined {
      const at = address();
      return at && clientFor(place, at);
    },
  };
}

/** A Cluster's client finds the nodes that moved by itself. */
function unmoving(dial: () => Redis): Dialler {
  return { dial, trouble: () => undefined, onMove() {}, stop() {} };
}
