/** Runs something until SIGTERM or SIGINT, then stops it and exits with 0. */
import { EnvError } from '../config/env.ts';

export async function runUntilStopped(begin: () => Promise<{ stop(): Promise<void> }>): Promise<void> {
  try {
    const running = await begin();
    const stop = () => void running.stop().then(() => process.exit(0));
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  } catch (error) {
    const text = error instanceof EnvError ? error.message : (error as Error).stack;
    process.stderr.write(`${text}\n`);
    process.exit(1);
  }
}
