/** Redis as states run it: a master with replicas and three Sentinels, and a Cluster of six nodes. */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RedisPlace } from '../../adapters/redis/place.ts';
import { newFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { type RedisServer, startedProcess, startRedis } from './redis-server.ts';

export interface Topology {
  readonly place: RedisPlace;
  /** The variables that lead the product there. */
  readonly variables: Readonly<Record<string, string>>;
  /** `kill -9` of the master that keeps the key. Resolves when another is in its place; answers the dead one. */
  replaceMaster(key: string): Promise<RedisServer>;
  /** Resolves when every message that was published has reached every server that tells it. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

const ACCESS = { tls: false, waitReplicas: 1 } as const;

/** A master is taken for dead after this long without an answer. */
const DOWN_AFTER_MS = 800;

/** A replica need not wait for others that might want the same. */
const PROMPT = ['--repl-diskless-sync-delay', '0'];

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`in vain waited for ${what}`);
    await pause(50);
  }
}

const addresses = (ports: readonly number[]) => ports.map((port) => `127.0.0.1:${port}`).join(',');

export async function startSentinels(): Promise<Topology> {
  const master = await startRedis(PROMPT);
  const replica = () => startRedis([...PROMPT, '--replicaof', '127.0.0.1', `${master.port}`]);
  const servers = [master, ...(await Promise.all([replica(), replica()]))];
  await until('the replicas', () => online(master) === 2);
  const sentinels = await Promise.all([1, 2, 3].map(() => startSentinel(master.port)));
  const [first] = sentinels;
  await until('the Sentinels', () => {
    const known = cli(first!.port, 'sentinel', 'master', 'mymaster');
    return /num-other-sentinels\n2\n/.test(known) && /num-slaves\n2\n/.test(known);
  });
  const ports = sentinels.map(({ port }) => port);

  return {
    place: {
      ...ACCESS,
      kind: 'sentinel',
      sentinels: ports.map((port) => ({ host: '127.0.0.1', port })),
      master: 'mymaster',
      sentinelLogin: {},
    },
    variables: { REDIS_SENTINELS: addresses(ports), REDIS_WAIT_REPLICAS: '1' },
    async replaceMaster() {
      const master = () =>
        Number(cli(first!.port, 'sentinel', 'get-master-addr-by-name', 'mymaster').split('\n')[1]);
      return replaced(servers, master);
    },
    // Who subscribes and who publishes are at the same server, the master.
    quiet: async () => {},
    async stop() {
      await Promise.all(sentinels.map((sentinel) => sentinel.stop()));
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

async function startSentinel(masterPort: number): Promise<{ port: number; stop(): Promise<void> }> {
  const port = await freePort('127.0.0.1');
  const folder = newFolder('sentinel');
  const file = join(folder, 'sentinel.conf');
  await writeFile(
    file,
    `port ${port}
bind 127.0.0.1
dir ${folder}
sentinel monitor mymaster 127.0.0.1 ${masterPort} 2
sentinel down-after-milliseconds mymaster ${DOWN_AFTER_MS}
sentinel failover-timeout mymaster 1000
`,
  );
  const sentinel: ChildProcess = await startedProcess([file, '--sentinel'], '+monitor');
  return {
    port,
    async stop() {
      const gone = once(sentinel, 'exit');
      sentinel.kill('SIGKILL');
      await gone;
      await rm(folder, { recursive: true });
    },
  };
}

export async function startCluster(): Promise<Topology> {
  const servers = await Promise.all(
    Array.from({ length: 6 }, async () =>
      startRedis([
        ...['--cluster-enabled', 'yes', '--cluster-node-timeout', `${DOWN_AFTER_MS}`],
        ...['--cluster-port', `${await freePort('127.0.0.1')}`, ...PROMPT],
      ]),
    ),
  );
  const ports = servers.map(({ port }) => port);
  const created = spawnSync(
    'redis-cli',
    ['--cluster', 'create', ...addresses(ports).split(','), '--cluster-replicas', '1', '--cluster-yes'],
    { encoding: 'utf8' },
  );
  if (created.status !== 0) throw new Error(`${created.stdout}${created.stderr}`);
  await until('the Cluster', () =>
    servers.every(
      (server) =>
        server.command('cluster', 'info').includes('cluster_state:ok') &&
        (online(server) === 1 || server.command('info', 'replication').includes('master_link_status:up')),
    ),
  );

  return {
    place: { ...ACCESS, kind: 'cluster', nodes: ports.map((port) => ({ host: '127.0.0.1', port })) },
    variables: { REDIS_CLUSTER_NODES: addresses(ports.slice(0, 3)), REDIS_WAIT_REPLICAS: '1' },
    async replaceMaster(key) {
      const slot = Number(servers[0]!.command('cluster', 'keyslot', key));
      const dead = masterOf(slot, servers[0]!.command('cluster', 'nodes'));
      const witness = servers.find(({ port }) => port !== dead);
      return replaced(servers, () => masterOf(slot, witness!.command('cluster', 'nodes')));
    },
    async quiet() {
      await until('what was published', () => messages(servers, 'sent') === messages(servers, 'received'));
    },
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

/** Nodes of a Cluster hand on to each other what is published at one of them; how often they did. */
function messages(servers: readonly RedisServer[], way: 'sent' | 'received'): number {
  const counter = new RegExp(`cluster_stats_messages_publish_${way}:(\\d+)`);
  const counts = servers.map((server) => Number(counter.exec(server.command('cluster', 'info'))?.[1] ?? 0));
  return counts.reduce((all, count) => all + count, 0);
}

/** Of lines such as `id 127.0.0.1:30001@31001 myself,master - 0 0 1 connected 0-5460`. */
function masterOf(slot: number, nodes: string): number {
  for (const line of nodes.split('\n')) {
    const [, address = '', flags = '', , , , , , ...ranges] = line.split(' ');
    const keeps = ranges.some((range) => {
      const [from = 0, to = from] = range.split('-').map(Number);
      return from <= slot && slot <= to;
    });
    if (flags.includes('master') && keeps) return Number(/:(\d+)@/.exec(address)?.[1]);
  }
  throw new Error(`no master keeps slot ${slot}`);
}

async function replaced(servers: readonly RedisServer[], master: () => number): Promise<RedisServer> {
  const port = master();
  const server = servers.find((one) => one.port === port);
  if (!server) throw new Error(`no server at ${port}`);
  await server.kill();
  await until('another master', () => master() !== port);
  return server;
}

/** Replicas of a server that have caught up with it. */
function online(server: RedisServer): number {
  return server.command('info', 'replication').match(/state=online/g)?.length ?? 0;
}

function cli(port: number, ...words: string[]): string {
  return spawnSync('redis-cli', ['-p', `${port}`, ...words], { encoding: 'utf8' }).stdout.trim();
}
