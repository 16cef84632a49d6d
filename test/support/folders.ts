/**
 * Folders for what tests make: in that of the whole run, which `npm test` keeps in memory where it can, for a flush to a disk
 * is what the embedded store waits for most, and removes in the end.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export function newFolder(name: string): string {
  return mkdtempSync(path.join(process.env.TEST_RUN_FOLDER ?? tmpdir(), `kapu-${name}-`));
}
