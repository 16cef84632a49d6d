/** The processes of a measurement: the server, the driver, Redis; what each of them used. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { createClient } from 'redis';
import { freePort } from '../../test/support/ports.ts';
import { type RedisServer, startRedis } from '../../test/support/redis-server.ts';
import { balanced } from '../../test/support/twins.ts';
import type { Outcome } from './driver.ts';
import type { Person, Relying } from './journeys.ts';
import type { Kept, Question, Usage } from './measured.ts';
import type { Job } from './operations.ts';

/** What is built is what is deployed: run from source, helpers of the translation cost a fifth of a login. */
const FROM_SOURCE = import.meta.url.endsWith('.ts');

/** `name` is that of a file here. */
export function start(name: string, given: readonly string[] = []): ChildProcess {
  const file = `./${name}.${FROM_SOURCE ? 'ts' : 'js'}`;
  return fork(new URL(file, import.meta.url), [...given], {
    execArgv: FROM_SOURCE ? ['--import', 'tsx'] : [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function answer<T>(child: ChildProcess, message?: object | string): Promise<T> {
  const settled = new AbortController();
  const { signal } = settled;
  const gone = once(child, 'exit', { signal }).then(() => {
    throw new Error('a measured process ended by itself');
  });
  const heard = once(child, 'message', { signal });
  if (message !== undefined) child.send(message);
  try {
    const [said] = (await Promise.race([heard, gone])) as [T];
    return said;
  } finally {
    gone.catch(() => undefined);
    settled.abort();
  }
}

export interface MeasuredServer {
  readonly at: Job['at'];
  readonly relying: Relying;
  people(count: number, enrolled?: boolean): Promise<Person[]>;
  /** That many more accounts, enrolled, that nobody logs in to. */
  fill(count: number): Promise<unknown>;
  usage(): Promise<Usage>;
  kept(): Promise<Kept>;
  /** Milliseconds of CPU that Redis used since it began. */
  redisCpuMs(): Promise<number>;
  /** Bytes that Redis holds, as it counts them. */
  redisBytes(): Promise<number>;
  stop(): Promise<void>;
}

export async function startBare(): Promise<MeasuredServer> {
  const child = start('bare-server', [`${await freePort()}`]);
  const relying = await answer<Relying>(child);
  return { ...serverOf(child, 'bare', relying), redisCpuMs: async () => 0, redisBytes: async () => 0 };
}

/** `paced` is real hashing, and logins are held up at the door as in a server: none may be refused while capacity is measured. */
export async function startKapuOnRedis(hashing: 'cheap' | 'real' | 'paced'): Promise<MeasuredServer> {
  const redis = await startRedis();
  return withRedis(redis, await startKapu(redis.url, hashing));
}

/** One service of so many processes, behind a balancer that is in none of them. */
export async function startKapusOnRedis(count: number): Promise<MeasuredServer> {
  const redis = await startRedis();
  const [port, ports, key] = [await freePort(), [] as number[], () => randomBytes(32).toString('base64url')];
  const secrets = { COOKIE_KEYS: key(), SECRET_KEYS: key(), PAIRWISE_SALT: key() };
  const servers: OneServer[] = [];
  while (servers.length < count) {
    const own = await freePort();
    const variables = { ...secrets, ISSUER: `http://localhost:${port}`, PORT: `${own}` };
    servers.push(await startKapu(redis.url, 'cheap', variables));
    ports.push(own);
  }
  const balancer = await balanced(port, ports);
  const [first] = servers as [OneServer, ...OneServer[]];
  const all = {
    ...first,
    usage: async () => summed(await Promise.all(servers.map((server) => server.usage()))),
    async stop() {
      balancer.close();
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
  return withRedis(redis, all);
}

function summed(usages: readonly Usage[]): Usage {
  const sum = (of: (usage: Usage) => number) => usages.reduce((total, usage) => total + of(usage), 0);
  const counted = (name: string) => sum(({ counts }) => counts[name] ?? 0);
  return {
    cpuMs: sum(({ cpuMs }) => cpuMs),
    loopMs: sum(({ loopMs }) => loopMs),
    rssMiB: sum(({ rssMiB }) => rssMiB),
    loopP99Ms: Math.max(...usages.map(({ loopP99Ms }) => loopP99Ms)),
    counts: { waits: counted('waits'), commands: counted('commands') },
  };
}

async function startKapu(redisUrl: string, hashing: string, variables: object = {}): Promise<OneServer> {
  const child = start('kapu-server', [redisUrl, hashing, JSON.stringify(variables)]);
  return serverOf(child, 'kapu', await answer<Relying>(child));
}

async function withRedis(redis: RedisServer, server: OneServer): Promise<MeasuredServer> {
  const observer = createClient({ url: redis.url });
  await observer.connect();
  return {
    ...server,
    redisCpuMs: async () => cpuOf(await observer.info('cpu')),
    redisBytes: async () => Number(/^used_memory:(\d+)/m.exec(await observer.info('memory'))?.[1]),
    async stop() {
      await server.stop();
      observer.destroy();
      await redis.stop();
    },
  };
}

type OneServer = Omit<MeasuredServer, 'redisCpuMs' | 'redisBytes'>;

function serverOf(child: ChildProcess, at: Job['at'], relying: Relying): OneServer {
  const ask = <T>(question: Question) => answer<T>(child, question);
  return {
    at,
    relying,
    people: (count: number, enrolled = true) => ask<Person[]>({ ask: 'people', count, enrolled }),
    fill: (count: number) => ask<object>({ ask: 'fill', count }),
    usage: () => ask<Usage>({ ask: 'usage' }),
    kept: () => ask<Kept>({ ask: 'kept' }),
    async stop() {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

/** Milliseconds of CPU since Redis began. */
function cpuOf(info: string): number {
  const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? 0);
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1000;
}

export interface Driver<J extends object = Job, O = Outcome> {
  /** Answers when all is ready to go. */
  prepare(job: J): Promise<void>;
  go(): Promise<O>;
  /** `look` is called when all is prepared and again when all is done. */
  run<T>(job: J, look: () => Promise<T>): Promise<{ outcome: O; before: T; after: T }>;
  stop(): void;
}

/** `niceness`: how far it yields to the others where they share a core. */
export function startDriver<J extends object = Job, O = Outcome>(
  name = 'driver',
  niceness = 0,
): Driver<J, O> {
  const child = start(name);
  if (niceness > 0 && child.pid) setPriority(child.pid, niceness);
  const prepare = async (job: J) => void (await answer<'ready'>(child, job));
  const go = () => answer<O>(child, 'go');
  return {
    prepare,
    go,
    async run(job, look) {
      await prepare(job);
      const before = await look();
      const outcome = await go();
      return { outcome, before, after: await look() };
    },
    stop: () => child.disconnect(),
  };
}
