/**
 * `npm test`: makes sure of the programs that the tests drive, runs `npm run check` and every test, and ends with a
 * count. Arguments go to jest, and then the check is left out: `npm test -- test/core`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

interface Needed {
  /** Programs in PATH, or files where Debian has them. */
  readonly files: readonly string[];
  /** Debian's. */
  readonly packages: readonly string[];
  /** What is not tested without it. */
  readonly without: string;
}

const PROGRAMS = {
  'redis-server': {
    files: ['redis-server'],
    packages: ['redis-server'],
    without: 'everything on Redis',
  },
  chromium: {
    files: ['chromium'],
    packages: ['chromium'],
    without: 'every journey in a browser',
  },
  oathtool: {
    files: ['oathtool'],
    packages: ['oathtool'],
    without: 'codes of an independent authenticator',
  },
  haproxy: {
    files: ['/usr/sbin/haproxy'],
    packages: ['haproxy'],
    without: 'the example of HAProxy',
  },
  nginx: {
    files: ['/usr/sbin/nginx'],
    packages: ['nginx-light'],
    without: 'the example of nginx',
  },
  'apache2 with mod_auth_openidc': {
    files: ['/usr/sbin/apache2', '/usr/lib/apache2/modules/mod_auth_openidc.so'],
    packages: ['apache2-bin', 'libapache2-mod-auth-openidc'],
    without: 'a portal on Apache',
  },
  'Authlib for Python': {
    files: ['/usr/lib/python3/dist-packages/authlib', '/usr/lib/python3/dist-packages/requests'],
    packages: ['python3-authlib', 'python3-requests'],
    without: 'a portal in Python',
  },
} as const satisfies Record<string, Needed>;

type Program = keyof typeof PROGRAMS;

const say = (text: string) => process.stdout.write(`${text}\n`);

function missingPrograms(): Program[] {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const isThere = (file: string) => folders.some((folder) => existsSync(path.resolve(folder, file)));
  const programs = Object.keys(PROGRAMS) as Program[];
  return programs.filter((program) => !PROGRAMS[program].files.every(isThere));
}

/** Debian asks this script before it starts a service: a test starts its own. */
const POLICY = '/usr/sbin/policy-rc.d';

function withoutServices(install: () => boolean): boolean {
  if (existsSync(POLICY)) return install();
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return install();
  } finally {
    rmSync(POLICY);
  }
}

/** Speaks only when it fails. */
function apt(...given: string[]): boolean {
  const { status, stdout, stderr } = spawnSync('apt-get', ['-qq', '-y', ...given], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status !== 0)
    process.stderr.write(`apt-get ${given.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`);
  return status === 0;
}

function install(programs: readonly Program[]): void {
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (programs.length === 0 || !mayInstall) return;
  say(`Installing ${programs.join(', ')} …`);
  const packages = programs.flatMap((program) => PROGRAMS[program].packages);
  withoutServices(() => apt('update') && apt('install', '--no-install-recommends', ...packages));
}

/** Answers false when a program is missing where none may be. */
function programsReady(): boolean {
  install(missingPrograms());
  const missing = missingPrograms();
  for (const program of missing)
    say(`MISSING: ${program}. Not tested without it: ${PROGRAMS[program].without}.`);
  return missing.length === 0 || process.env.CI !== 'true';
}

/** Resolves with the exit code; a signal to us goes on to the child. */
function run(command: string, given: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, given, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...variables },
    });
    const forward = (signal: NodeJS.Signals) => child.kill(signal);
    process.once('SIGTERM', forward).once('SIGINT', forward);
    child.once('error', () => resolve(1));
    child.once('close', (code) => resolve(code ?? 1));
  });
}

const NODE_OPTIONS = [
  process.env.NODE_OPTIONS,
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
];

/** What of jest's own results makes the count. */
const resultsSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  /** Files that did not even load. */
  numRuntimeErrorTestSuites: z.number(),
});

/** Where Linux has a file system in memory. */
const IN_MEMORY = '/dev/shm';
/** Many times what a run has there at once. */
const ROOM_BYTES = 512 * 2 ** 20;

/** In memory, where there is room: what tests wait for most is the flush of a store to a disk. */
function runFolder(): string {
  const { bavail, bsize } = existsSync(IN_MEMORY) ? statfsSync(IN_MEMORY) : { bavail: 0, bsize: 0 };
  const folder = mkdtempSync(path.join(bavail * bsize < ROOM_BYTES ? tmpdir() : IN_MEMORY, 'kapu-test-'));
  // As the folder for everybody's is: a server that gives up root's rights has its own in it.
  chmodSync(folder, 0o711);
  return folder;
}

async function jest(given: readonly string[]): Promise<{ code: number; count: string }> {
  const folder = runFolder();
  const outputFile = path.join(folder, 'results.json');
  try {
    const code = await run(
      process.execPath,
      ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${outputFile}`, ...given],
      { NODE_OPTIONS: NODE_OPTIONS.filter(Boolean).join(' '), TEST_RUN_FOLDER: folder },
    );
    return { code, count: existsSync(outputFile) ? countOf(outputFile) : '0 passed, 1 failed' };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function countOf(outputFile: string): string {
  const results = resultsSchema.parse(JSON.parse(readFileSync(outputFile, 'utf8')));
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const skipped = results.numPendingTests + results.numTodoTests;
  const count = `${results.numPassedTests} passed, ${failed} failed`;
  return skipped === 0 ? count : `${count}, ${skipped} skipped`;
}

async function main(given: readonly string[]): Promise<number> {
  if (!programsReady()) return 1;
  const checked = given.length > 0 ? 0 : await run('npm', ['run', '-s', 'check']);
  const { code, count } = await jest(given);
  if (checked !== 0) say('\nnpm run check found faults, see above.');
  say(`\n${count}`);
  return checked || code;
}

process.exitCode = await main(process.argv.slice(2));
