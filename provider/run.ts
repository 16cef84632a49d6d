/** Runs something until SIGTERM or SIGINT, then stops it and exits with 0. */
import { inspect } from 'node:util';
import { EnvError } from '../config/env.ts';

/** A start that waits for its store serves nobody, and is not waited for any longer than this after a signal. */
const START_MS = 2_000;

/**
 * A signal during the start waits for it to end, for {@link START_MS} at most; a second one changes nothing, since npm
 * hands on a Ctrl+C that the terminal has already delivered.
 */
export async function runUntilStopped(begin: () => Promise<{ stop(): Promise<void> }>): Promise<void> {
  const beginning = begin();
  let begun = false;
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    void beginning.then((running) => running.stop()).then(() => process.exit(0), fail);
    setTimeout(() => begun || process.exit(0), START_MS).unref();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await beginning.catch(fail);
  begun = true;
}

function fail(error: unknown): never {
  const text = error instanceof EnvError ? error.message : inspect(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
