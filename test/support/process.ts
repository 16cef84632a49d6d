/** The product as an operating system runs it: a process of its own, with its environment, killed by signals. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { compiled } from './compiled.ts';
import type { TestKapu } from './kapu.ts';
import { freePort } from './ports.ts';

export interface KapuProcess {
  readonly issuer: string;
  readonly pid: number;
  /** What it wrote to standard output and standard error. */
  readonly output: () => string;
  /** Sends a signal and answers the exit code, or the signal that ended it. */
  end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

const READY_WITHIN_MS = 45_000;

export async function startProcess(variables: Readonly<Record<string, string>>): Promise<KapuProcess> {
  const port = variables.PORT ?? (await freePort());
  const issuer = `http://localhost:${port}`;
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [compiled('provider/main.js')], {
    env: { ...inherited, NODE_ENV: 'development', PORT: `${port}`, HASH_THREADS: '1', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => written.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => written.push(chunk));
  const output = () => Buffer.concat(written).toString();
  await ready(child, issuer, output);

  return {
    issuer,
    pid: child.pid ?? 0,
    output,
    async end(signal = 'SIGTERM') {
      const gone = once(child, 'exit');
      child.kill(signal);
      const [code, by] = await gone;
      return code ?? by;
    },
  };
}

async function ready(child: ChildProcess, issuer: string, output: () => string): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS;
  while (performance.now() < until && child.exitCode === null) {
    const answer = await fetch(`${issuer}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await pause(50);
  }
  child.kill('SIGKILL');
  throw new Error(`the server did not become ready:\n${output()}`);
}

/** The variables that make a process another instance of the same service. */
export function sameService({ env }: TestKapu): Record<string, string> {
  return {
    DATA_DIR: env.dataDir,
    ...(env.redis?.kind === 'standalone' && {
      REDIS_URL: `redis://${env.redis.address.host}:${env.redis.address.port}`,
    }),
    COOKIE_KEYS: env.cookieKeys.join(','),
    SECRET_KEYS: env.secretKeys.map((key) => Buffer.from(key).toString('base64url')).join(','),
    PAIRWISE_SALT: env.pairwiseSalt,
  };
}

/** A process that has taken a job of the outbox and will never let it go: see `outbox-worker.ts`. */
export async function workerWithJob(dataDir: string, redisUrl = '') {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const script = ['--import', 'tsx', 'test/support/outbox-worker.ts', dataDir, redisUrl];
  const child = spawn(process.execPath, script, { env: inherited, stdio: ['ignore', 'pipe', 'inherit'] });
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    said: chunk.toString(),
    async kill(): Promise<void> {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
