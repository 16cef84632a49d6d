/** The driver's side of a measured run: it prepares a job, says so, goes when it is told to, and says what came of it. */
import { setTimeout as pause } from 'node:timers/promises';

/** What a preparation leaves to the background is not to be counted with what follows. */
const SETTLING_MS = 200;

export function driven<Job extends object, Outcome>(prepare: (job: Job) => Promise<() => Promise<Outcome>>) {
  let go: (() => Promise<Outcome>) | undefined;
  process.on('message', async (message: Job | 'go') => {
    if (message === 'go') {
      process.send?.(await go?.());
      return;
    }
    go = await prepare(message);
    await pause(SETTLING_MS);
    process.send?.('ready');
  });
  process.on('disconnect', () => process.exit(0));
}
