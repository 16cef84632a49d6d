/** Runs something until SIGTERM or SIGINT, then stops it and exits with 0. */
import { inspect } from 'node:util';
import { EnvError } from '../config/env.ts';

/**
 * A signal during the start waits for it to end; a second one changes nothing, since npm hands on a Ctrl+C that the
 * terminal has already delivered.
 */
export async function runUntilStopped(begin: () => Promise<{ stop(): Promise<void> }>): Promise<void> {
  const beginning = begin();
  let stopping = false;
  const stop = () => {
    if (!stopping) void beginning.then((running) => running.stop()).then(() => process.exit(0), fail);
    stopping = true;
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await beginning.catch(fail);
}

function fail(error: unknown): never {
  const text = error instanceof EnvError ? error.message : inspect(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
