/**
 * `npm run bench:durability`: what a commit costs by how safe it is. Starts a Redis with two replicas on this machine and
 * prints, for `appendfsync` everysec and always, with and without `WAIT`, the time of one commit and how many go through
 * a second when 32 are under way. Replicas elsewhere add their network's way there and back to every `WAIT`.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { openRedisStore } from '../../adapters/redis/store.ts';
import type { Store } from '../../adapters/store.ts';
import { redisAt } from '../../config/redis.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { quantilesOf } from './quantiles.ts';

const COMMITS = Number(process.argv[2] ?? 2_000);
const AT_ONCE = 32;
/** About that of an account. */
const VALUE = { text: 'x'.repeat(1_000) };

function commit(store: Store, i: number): Promise<boolean> {
  const name = `document-${i}`;
  return store.commit('bench', [
    { kind: 'put', name, value: VALUE },
    { kind: 'append', stream: 'history', value: { i }, keep: 100 },
  ]);
}

async function oneByOne(store: Store): Promise<{ p50: number; p99: number }> {
  const times: number[] = [];
  for (let i = 0; i < COMMITS; i += 1) {
    const begun = performance.now();
    await commit(store, i);
    times.push(performance.now() - begun);
  }
  const quantile = quantilesOf(times);
  return { p50: quantile(0.5), p99: quantile(0.99) };
}

async function manyAtOnce(store: Store): Promise<number> {
  let next = 0;
  const begun = performance.now();
  const worker = async () => {
    while (next < COMMITS) await commit(store, next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return COMMITS / ((performance.now() - begun) / 1000);
}

const master = await startRedis();
const replicas = [
  await startRedis(['--replicaof', '127.0.0.1', `${master.port}`]),
  await startRedis(['--replicaof', '127.0.0.1', `${master.port}`]),
];
const caughtUp = () =>
  master.command('info', 'replication').match(/state=online/g)?.length === replicas.length;
while (!caughtUp()) await pause(100);

process.stdout.write(`\n| appendfsync | WAIT | ms a commit, p50 | p99 | commits/s, ${AT_ONCE} at once |\n`);
process.stdout.write('| --- | --- | --- | --- | --- |\n');
for (const fsync of ['everysec', 'always'])
  for (const waitReplicas of [0, 1]) {
    for (const server of [master, ...replicas]) server.command('config', 'set', 'appendfsync', fsync);
    const store = await openRedisStore({ place: { ...redisAt(master.url), waitReplicas }, clock: Date });
    await manyAtOnce(store);
    const { p50, p99 } = await oneByOne(store);
    const rate = Math.round(await manyAtOnce(store));
    process.stdout.write(
      `| ${fsync} | ${waitReplicas} | ${p50.toFixed(2)} | ${p99.toFixed(2)} | ${rate} |\n`,
    );
    await store.close();
  }

await Promise.all([master, ...replicas].map((server) => server.stop()));
