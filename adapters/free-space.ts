/**
 * Room on the disk of the embedded store. LMDB's library does not survive a write that finds none: it says so, and then the
 * process ends with corrupt memory. So nothing is written when room is running out, which is an outage and no crash.
 */
import { statfsSync } from 'node:fs';

/** More than the writes of one turn take; of a small disk a twentieth. */
const RESERVE_BYTES = 16 * 2 ** 20;

/** Throws when there is too little. A system call of some microseconds. */
export function assertFreeSpace(folder: string): void {
  const { bavail, blocks, bsize } = statfsSync(folder);
  const reserve = Math.min(RESERVE_BYTES, (blocks * bsize) / 20);
  const free = bavail * bsize;
  if (free < reserve) throw new Error(`no space left on the disk: ${Math.floor(free / 1024)} KiB free`);
}
