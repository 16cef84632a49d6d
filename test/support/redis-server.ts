/** A real Redis of one's own, on a free port, which can be stopped in all the ways in which servers stop. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { newFolder } from './folders.ts';
import { freePort } from './ports.ts';

export interface RedisServer {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** It keeps its connections and answers nothing, like a machine under too much load. */
  pause(): void;
  resume(): void;
  /** As `kill -9`, or the power, would. */
  kill(): Promise<void>;
  /** Starts it again after {@link kill}, on the same port with the same data. */
  restart(): Promise<void>;
  /** Runs one command in redis-cli and answers what that prints. */
  command(...words: string[]): string;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export function redisInstalled(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort('127.0.0.1');
  const folder = newFolder('redis');
  const start = () => startedProcess(['--port', `${port}`, '--dir', folder, ...DURABLE, ...settings]);
  let server = await start();

  async function kill(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    kill,
    async restart() {
      server = await start();
    },
    command: (...words) => {
      const { stdout, stderr } = spawnSync('redis-cli', ['-p', `${port}`, '-e', ...words], {
        encoding: 'utf8',
      });
      if (stderr !== '') throw new Error(stderr);
      return stdout.trim();
    },
    async stop() {
      await kill();
      await rm(folder, { recursive: true });
    },
  };
}

const DURABLE = [
  '--bind',
  '127.0.0.1',
  '--save',
  '',
  '--appendonly',
  'yes',
  '--maxmemory-policy',
  'noeviction',
];

/** Resolves when the server has logged that it is ready; a Sentinel says so in words of its own. */
export async function startedProcess(
  settings: readonly string[],
  ready = 'Ready to accept connections',
): Promise<ChildProcess> {
  const server = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(server, 'spawn');
  for await (const line of createInterface(server.stdout)) {
    if (line.includes(ready)) {
      server.stdout.resume();
      return server;
    }
  }
  throw new Error('redis-server ended before it was ready');
}
