/** Many cores: a primary that serves nobody itself and keeps its workers alive, each an instance like any other. */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { openLog } from '../adapters/log.ts';
import { type Env, EnvError } from '../config/env.ts';
import type { Log } from './flows/ports.ts';
import { serveMetrics } from './metrics-server.ts';

/** A worker that dies at once is not started again at once. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A death after so long is no more of the same. */
const HEALTHY_AFTER_MS = 60_000;
/** Longer than a worker takes to let its requests end. */
const STOP_MS = 15_000;
/** How `run.ts` ends what could not begin. */
const REFUSED = 1;

/** Answers when as many listen as are wanted; throws {@link EnvError} when they refuse to start, which they have said why. */
export async function startWorkers(env: Env): Promise<{ stop(): Promise<void> }> {
  const log = openLog(env.logLevel);
  const figures = await figuresOf(env);
  const stopping = new AbortController();
  try {
    await started(env.workers, { log, signal: stopping.signal, died: figures.workerDied });
  } catch (error) {
    stopping.abort();
    await stopAll();
    throw error;
  }
  log.info({ issuer: env.issuer, workers: env.workers }, 'all workers listen');

  return {
    async stop() {
      stopping.abort();
      figures.stop();
      await stopAll();
    },
  };
}

interface Watch {
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly died: () => void;
}

function started(wanted: number, watch: Watch): Promise<void> {
  const replace = replacing(watch);
  const listened = new Set<number>();
  return new Promise((resolve, reject) => {
    cluster.on('listening', ({ id }) => {
      listened.add(id);
      if (listened.size === wanted) resolve();
    });
    cluster.on('exit', (worker, code, by) => {
      if (watch.signal.aborted) return;
      if (code === REFUSED && listened.size === 0) reject(new EnvError(['WORKERS: none started, see above']));
      else replace(worker, by ?? code);
    });
    for (let i = 0; i < wanted; i += 1) cluster.fork();
  });
}

/** Puts another worker in the place of one that ended, later each time when one after the other does. */
function replacing({ log, signal, died }: Watch) {
  let inARow = 0;
  let lastAt = 0;
  return async ({ process: { pid } }: Worker, by: string | number) => {
    died();
    inARow = performance.now() - lastAt > HEALTHY_AFTER_MS ? 0 : inARow + 1;
    lastAt = performance.now();
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** inARow, LONGEST_PAUSE_MS);
    log.error({ pid, by, pauseMs }, 'a worker ended; another takes its place');
    await pause(pauseMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) cluster.fork();
  };
}

async function stopAll(): Promise<void> {
  const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  const gone = Promise.all(workers.map((worker) => once(worker, 'exit')));
  for (const worker of workers) worker.process.kill('SIGTERM');
  await Promise.race([gone, pause(STOP_MS, undefined, { ref: false })]);
  for (const worker of workers) if (!worker.isDead()) worker.process.kill('SIGKILL');
}

async function figuresOf({ metrics: at }: Env): Promise<{ workerDied(): void; stop(): void }> {
  if (!at) return { workerDied() {}, stop() {} };
  const { figuresOfWorkers } = await import('../adapters/metrics.ts');
  const { workerDied, scrape } = figuresOfWorkers();
  const server = await serveMetrics(at, scrape);
  return {
    workerDied,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
