/** The production entry: the environment, one instance or a primary with its workers, until SIGTERM. */
import cluster from 'node:cluster';
import { readEnv } from '../config/env.ts';
import { runUntilStopped } from './run.ts';

await runUntilStopped(async () => {
  const env = readEnv();
  if (env.workers > 1 && cluster.isPrimary) return (await import('./workers.ts')).startWorkers(env);
  return (await import('./server.ts')).start(env);
});
