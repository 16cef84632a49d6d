/** Portals on libraries that nobody here wrote: the examples, each a process of its own on a free port. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { newFolder } from './folders.ts';
import type { TestKapu } from './kapu.ts';
import { freePort } from './ports.ts';

export interface ForeignPortal {
  readonly url: string;
  stop(): Promise<void>;
}

interface Example {
  readonly folder: string;
  readonly command: readonly [string, ...string[]];
  /** It makes a key first and prints its metadata when it is told to `register`; otherwise they are in `client.json`. */
  readonly prints?: true;
}

const APACHE: Example = { folder: 'apache', command: ['sh', 'scripts/examples/apache/run.sh'] };

const MODULE = '/usr/lib/apache2/modules/mod_auth_openidc.so';
export const apacheInstalled = () => existsSync('/usr/sbin/apache2') && existsSync(MODULE);
/** Debian's own first: only that one sees Debian's packages. */
const pythonWithAuthlib = () =>
  ['/usr/bin/python3', 'python3'].find(
    (python) => spawnSync(python, ['-c', 'import authlib, requests']).status === 0,
  );
export const authlibInstalled = () => pythonWithAuthlib() !== undefined;

const READY_WITHIN_MS = 15_000;

export const startApache = (kapu: TestKapu) => start(kapu, APACHE);
export const startAuthlib = (kapu: TestKapu) => start(kapu, authlib());
export const startOpenidClient = (kapu: TestKapu) => start(kapu, typescript('openid-client'));
export const startFapi = (kapu: TestKapu) => start(kapu, { ...typescript('fapi'), prints: true });

function authlib(): Example {
  const python = pythonWithAuthlib() ?? 'python3';
  return { folder: 'authlib', command: [python, 'scripts/examples/authlib/portal.py'] };
}

function typescript(folder: string): Example {
  return { folder, command: [process.execPath, '--import', 'tsx', `scripts/examples/${folder}/portal.ts`] };
}

/** Registers the example's own metadata, with the port that it runs on here. */
async function start(kapu: TestKapu, { folder, command, prints }: Example): Promise<ForeignPortal> {
  const home = newFolder(folder);
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const [program, ...words] = command;
  const env = {
    PATH: process.env.PATH,
    FOLDER: home,
    KEY_FILE: path.join(home, 'key.json'),
    PORT: `${port}`,
    ISSUER: kapu.issuer,
  };
  const metadata = prints
    ? spawnSync(program, [...words, 'register'], { env, encoding: 'utf8' }).stdout
    : readFileSync(`scripts/examples/${folder}/client.json`, 'utf8');
  const registered = await kapu.registerClient(
    JSON.parse(metadata.replaceAll(/http:\/\/localhost:\d+/g, url)),
  );
  if (!registered.ok) throw new Error(`${folder} is not registered: ${JSON.stringify(registered)}`);

  const child = spawn(program, words, {
    env: { ...env, CLIENT_ID: registered.metadata.client_id, CLIENT_SECRET: registered.secret },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => written.push(String(chunk)));
  await answering(child, url, () => written.join(''));
  return {
    url,
    async stop() {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function answering(child: ChildProcess, url: string, output: () => string): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS;
  while (performance.now() < until && child.exitCode === null) {
    if (await fetch(url).catch(() => undefined)) return;
    await pause(50);
  }
  child.kill();
  throw new Error(`the portal did not become ready:\n${output()}`);
}
