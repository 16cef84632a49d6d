/** Commits that are acknowledged when replicas have them, so that no failover takes them back. */
import { createHash } from 'node:crypto';
import { type Client, isCluster, type Redis } from './client.ts';
import { replicationOf } from './replication.ts';
import { type Call, COMMIT } from './scripts.ts';
import type { Document } from './writes.ts';

const SHA = createHash('sha1').update(COMMIT).digest('hex');
const REDIRECTIONS = 3;

/** A plain put; answers when `replicas` have it. */
export async function putReplicated(redis: Redis, document: Document, replicas: number): Promise<void> {
  const { key, text, milliseconds } = document;
  await replicated(redis, key, replicas, (node) => node.set(key, text, expiring(milliseconds)));
}

/** Answers what the script answers, when `replicas` have what it wrote. */
export function commitReplicated(redis: Redis, call: Call, replicas: number): Promise<number> {
  const options = { keys: [...call.keys], arguments: [...call.args] };
  const [key = ''] = call.keys;
  return replicated(redis, key, replicas, (node) => node.evalSha(SHA, options) as Promise<number>).catch(
    (error: unknown) => {
      if (!began(error, 'NOSCRIPT')) throw error;
      return replicated(redis, key, replicas, (node) => node.eval(COMMIT, options) as Promise<number>);
    },
  );
}

export function expiring(milliseconds: number | undefined) {
  return milliseconds === undefined ? {} : { expiration: { type: 'PX', value: milliseconds } as const };
}

/** Follows a Cluster's redirections, since the write goes to a node and not to the Cluster's client. */
async function replicated<T>(
  redis: Redis,
  key: string,
  replicas: number,
  write: (node: Client) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const node: Client = isCluster(redis) ? await redis.getNodeClientForKey(key) : redis;
    try {
      return await replicationOf(node, replicas)(() => write(node));
    } catch (error) {
      if (!isCluster(redis) || !began(error, 'MOVED') || tries === REDIRECTIONS) throw error;
      // A read follows the redirection and learns the new order of the Cluster.
      await redis.exists(key);
    }
  }
}

function began(error: unknown, word: string): boolean {
  return error instanceof Error && error.message.startsWith(word);
}
