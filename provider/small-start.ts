/**
 * What a start leaves in memory. V8 makes room for young objects as modules load, up to 32 MiB, and takes none of it back
 * from a server that has little to do. So it is told to be sparing until all is there, and under load it grows as ever.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Holds for all that is loaded and made from here on; a flag that an engine doesn't know changes nothing. */
export function beSparing(): void {
  setFlagsFromString('--optimize-for-size');
}

/** As when memory is about to run out: from Node 22 on the engine keeps what it has freed for itself, some 25 MiB, but for this. */
const TO_THE_LAST = { type: 'major', execution: 'sync', flavor: 'last-resort' } as const;

/** Ends what {@link beSparing} began, and gives back what the start no longer needs. Holds up the process once, for some 150 ms. */
export function startIsOver(): void {
  setFlagsFromString('--compact-on-every-full-gc');
  setFlagsFromString('--expose-gc');
  const collect: (how: typeof TO_THE_LAST) => void = runInNewContext('gc');
  collect(TO_THE_LAST);
  setFlagsFromString('--no-expose-gc');
  setFlagsFromString('--no-compact-on-every-full-gc');
  setFlagsFromString('--no-optimize-for-size');
}
