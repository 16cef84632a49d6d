/**
 * The product as `npm run build` makes it, for tests that run it as a process: a start from TypeScript takes three times
 * as long. Made once in a run of the tests, when the first one wants it; its types are checked elsewhere.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { newFolder } from './folders.ts';

/** Removed by `scripts/test.ts` in the end. */
const RUN = process.env.TEST_RUN_FOLDER ?? newFolder('test');
const COMPILED = path.join(RUN, 'compiled');

/** Answers the place of a program, such as `provider/main.js`. */
export function compiled(program: string): string {
  if (!existsSync(COMPILED)) publish(compile());
  return path.join(COMPILED, program);
}

function compile(): string {
  const folder = mkdtempSync(path.join(RUN, 'compiling-'));
  const words = ['-p', 'tsconfig.build.json', '--noCheck', '--sourceMap', 'false', '--outDir', folder];
  const { status, stdout } = spawnSync('node_modules/.bin/tsc', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tsc: ${stdout}`);
  cpSync('views', path.join(folder, 'views'), { recursive: true });
  cpSync('config/weak-words.txt', path.join(folder, 'config/weak-words.txt'));
  cpSync('package.json', path.join(folder, 'package.json'));
  symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules'));
  return folder;
}

/** All at once: another file of tests, which runs at the same time, may have been first. */
function publish(folder: string): void {
  try {
    renameSync(folder, COMPILED);
  } catch (error) {
    rmSync(folder, { recursive: true });
    if (!existsSync(COMPILED)) throw error;
  }
}
