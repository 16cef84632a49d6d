/** The servers that hold the data: one, or every master of a Cluster. */
import { type Client, isCluster, type Redis } from './client.ts';
import { documentKey } from './keys.ts';

export async function mastersOf(redis: Redis): Promise<Client[]> {
  if (!isCluster(redis)) return [redis];
  // A command makes sure that the Cluster's order is known.
  await redis.get(documentKey({ partition: 'masters', name: '' }));
  return Promise.all(redis.masters.map((node) => redis.nodeClient(node)));
}
