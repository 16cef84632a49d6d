/** The product as an operator has it: built in a folder of its own, and run in production. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { newFolder } from './folders.ts';
import { freePort } from './ports.ts';

const NEEDED = ['provider', 'adapters', 'config', 'scripts', 'views', 'package.json'];
const READY_WITHIN_MS = 30_000;

export interface Built {
  readonly folder: string;
  /** Runs the command line with `--json` and answers its document. */
  kapu<T>(...words: string[]): T;
  serve(): Promise<{ readonly port: number; stop(): Promise<number> }>;
  remove(): void;
}

export function build(variables: Readonly<Record<string, string>>): Built {
  const folder = newFolder('built');
  for (const name of [...NEEDED, 'tsconfig.json', 'tsconfig.build.json'])
    cpSync(name, path.join(folder, name), { recursive: true });
  symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules'));
  const secret = () => randomBytes(32).toString('base64');
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const env = {
    ...inherited,
    NODE_ENV: 'production',
    DATA_DIR: path.join(folder, 'data'),
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'noreply@example.hu',
    CONTACT_EMAIL: 'segitseg@example.hu',
    COOKIE_KEYS: secret(),
    SECRET_KEYS: secret(),
    PAIRWISE_SALT: secret(),
    HASH_THREADS: '1',
    ...variables,
  };
  const npm = (words: string[]) => {
    const done = spawnSync('npm', words, { cwd: folder, env, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`npm ${words.join(' ')}: ${done.stdout}${done.stderr}`);
    return done.stdout;
  };
  npm(['run', '-s', 'build']);
  for (const name of NEEDED.slice(0, -1)) rmSync(path.join(folder, name), { recursive: true });

  return {
    folder,
    kapu: (...words) => {
      const { stdout } = spawnSync(process.execPath, ['dist/scripts/kapu.js', '--json', ...words], {
        cwd: folder,
        env,
        encoding: 'utf8',
      });
      return JSON.parse(stdout);
    },
    async serve() {
      const port = await freePort('127.0.0.1');
      const child = spawn(process.execPath, ['dist/provider/main.js'], {
        cwd: folder,
        env: { ...env, HOST: '127.0.0.1', PORT: `${port}` },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      await ready(child, port);
      return {
        port,
        async stop() {
          const gone = once(child, 'exit');
          child.kill();
          return (await gone)[0];
        },
      };
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

async function ready(child: ChildProcess, port: number): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS;
  while (performance.now() < until && child.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await pause(20);
  }
  child.kill('SIGKILL');
  throw new Error('the built server did not become ready');
}
