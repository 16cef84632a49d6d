/** The production entry: the environment, one instance or a primary with its workers, until SIGTERM. */
import cluster from 'node:cluster';
import { readEnv } from '../config/env.ts';
import { runUntilStopped } from './run.ts';
import { beSparing, startIsOver } from './small-start.ts';

beSparing();
await runUntilStopped(async () => {
  const env = readEnv();
  const isPrimary = env.workers > 1 && cluster.isPrimary;
  const running = isPrimary
    ? await (await import('./workers.ts')).startWorkers(env)
    : await (await import('./server.ts')).start(env);
  startIsOver();
  return running;
});
