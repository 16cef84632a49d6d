/**
 * `npm test`: makes sure of the programs that the tests drive, runs `npm run check` and every test, and ends with a
 * count. Arguments go to jest, and then the check is left out: `npm test -- test/core`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

/** Program -> Debian package and what is not tested without it. */
const PROGRAMS = {
  'redis-server': { package: 'redis-server', without: 'everything on Redis' },
  chromium: { package: 'chromium', without: 'every journey in a browser' },
  oathtool: { package: 'oathtool', without: 'codes of an independent authenticator' },
} as const;

type Program = keyof typeof PROGRAMS;

const say = (text: string) => process.stdout.write(`${text}\n`);

function missingPrograms(): Program[] {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const programs = Object.keys(PROGRAMS) as Program[];
  return programs.filter((program) => !folders.some((folder) => existsSync(path.join(folder, program))));
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
  const packages = programs.map((program) => PROGRAMS[program].package);
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

/** Something that a test left open must not keep a build machine waiting for ever; jest says that it was there. */
async function jest(given: readonly string[]): Promise<{ code: number; count: string }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kapu-test-'));
  const outputFile = path.join(folder, 'results.json');
  try {
    const code = await run(
      process.execPath,
      ['node_modules/jest/bin/jest.js', '--forceExit', '--json', `--outputFile=${outputFile}`, ...given],
      { NODE_OPTIONS: NODE_OPTIONS.filter(Boolean).join(' ') },
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
