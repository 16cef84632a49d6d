/**
 * Opening an LMDB folder that another process writes to. lmdb 3.5.6 sets the number of the next transaction anew at
 * every open, from a header that it read without the write lock: a commit in that moment is lost, though it was
 * acknowledged. So whoever opens says so by a file, lets the others end what they are writing, and they wait.
 */
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Longer than a commit under way takes to end, flush included. */
const GRACE_MS = 250;
const LOOK_AGAIN_MS = 5;
/** A sign this old was left by a process that died while opening. */
const STALE_MS = 5_000;

const signOf = (folder: string) => join(folder, 'opening');

/** Runs `open` while no process of this machine that asks {@link othersOpening} writes. Blocks: it is for the start. */
export function openBesideOthers<T>(folder: string, open: () => T): T {
  const isNew = !existsSync(join(folder, 'data.mdb'));
  if (isNew) return open();
  const sign = signOf(folder);
  while (!raised(sign)) block(LOOK_AGAIN_MS);
  try {
    block(GRACE_MS);
    return open();
  } finally {
    rmSync(sign, { force: true });
  }
}

/** Undefined when nobody is opening the folder; else resolves when they are done. */
export function othersOpening(folder: string): Promise<void> | undefined {
  const sign = signOf(folder);
  return isUp(sign) ? gone(sign) : undefined;
}

async function gone(sign: string): Promise<void> {
  while (isUp(sign)) await pause(LOOK_AGAIN_MS);
}

function raised(sign: string): boolean {
  if (isUp(sign)) return false;
  rmSync(sign, { force: true });
  try {
    writeFileSync(sign, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isUp(sign: string): boolean {
  const found = statSync(sign, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs < STALE_MS;
}

function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
