/** What watches an instance, where anybody looks: figures for Prometheus, traces for a collector. Else nothing of it is loaded. */
import cluster from 'node:cluster';
import { setTimeout as pause } from 'node:timers/promises';
import { NO_METRICS } from '../adapters/measured.ts';
import type { OpenTraces } from '../adapters/traces.ts';
import type { Env } from '../config/env.ts';
import type { Log, Metrics, Traces } from './flows/ports.ts';
import { serveMetrics } from './metrics-server.ts';

/** How long a collector may hold up the end of a server. */
const COLLECTOR_WAIT_MS = 2_000;

export interface Watching {
  readonly metrics: Metrics;
  /** Absent where nobody reads them. */
  readonly traces?: Traces;
  stop(): Promise<void>;
}

export async function watching(env: Env, log: Log): Promise<Watching> {
  const figures = await figuresOf(env);
  const traces = await tracesOf(env, log);
  return {
    metrics: figures.metrics,
    ...(traces && { traces }),
    async stop() {
      figures.stop();
      await Promise.race([traces?.stop(), pause(COLLECTOR_WAIT_MS, undefined, { ref: false })]);
    },
  };
}

async function tracesOf({ tracesTo }: Env, log: Log): Promise<OpenTraces | undefined> {
  if (tracesTo === undefined) return undefined;
  const { openTraces } = await import('../adapters/traces.ts');
  return openTraces(tracesTo, log);
}

interface Figures {
  readonly metrics: Metrics;
  stop(): void;
}

/** A worker's are read by its primary. */
async function figuresOf({ metrics: at }: Env): Promise<Figures> {
  if (!at) return { metrics: NO_METRICS, stop() {} };
  const { prometheus, scrape } = await import('../adapters/metrics.ts');
  if (cluster.isWorker) return { metrics: prometheus(), stop() {} };
  const server = await serveMetrics(at, scrape);
  return {
    metrics: prometheus(),
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
