/** The figures as Prometheus reads them, with those of the process (memory, CPU, event loop, handles) beside them. */
import cluster from 'node:cluster';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry, register } from 'prom-client';
import { COUNTERS, DURATIONS, GAUGES, WORKER_DEATHS } from '../provider/core/metric.ts';
import type { Metrics } from '../provider/flows/ports.ts';
import { answerPrimary, workerFigures } from './worker-figures.ts';

/** From a store's answer to a login in a storm, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Reading {
  readonly labels: Record<string, string>;
  readonly read: () => number | Promise<number>;
}

/** One a process: the library keeps its register for the whole of it, and workers hand theirs to the primary. */
export function prometheus(): Metrics {
  register.clear();
  collectDefaultMetrics();
  if (cluster.isWorker) answerPrimary();
  const counters = made(COUNTERS, (options) => new Counter(options));
  for (const [name, { begins = [] }] of Object.entries<Begun>(COUNTERS))
    for (const labels of begins) counters.get(name)?.inc({ ...labels }, 0);
  const durations = made(DURATIONS, (options) => new Histogram({ ...options, buckets: BUCKETS }));
  const readings = new Map<string, Reading[]>(Object.keys(GAUGES).map((name) => [name, []]));
  made(GAUGES, (options) => gaugeOf(options, readings.get(options.name) ?? []));

  return {
    count: (name, labels) => counters.get(name)?.inc({ ...labels }),
    took: (name, seconds, labels) => durations.get(name)?.observe({ ...labels }, seconds),
    stands: (name, labels, read) => void readings.get(name)?.push({ labels: { ...labels }, read }),
  };
}

export interface Scrape {
  readonly type: string;
  readonly text: string;
}

export async function scrape(): Promise<Scrape> {
  return { type: register.contentType, text: await register.metrics() };
}

export interface PrimaryFigures {
  workerDied(): void;
  scrape(): Promise<Scrape>;
}

/** All workers' figures added up, with those of who has died, and what only the primary sees. */
export function figuresOfWorkers(): PrimaryFigures {
  const ofWorkers = workerFigures();
  const own = new Registry();
  const deaths = new Counter({ ...WORKER_DEATHS, registers: [own] });
  return {
    workerDied: () => deaths.inc(),
    scrape: async () => ({
      type: own.contentType,
      text: `${await ofWorkers()}\n${await own.metrics()}`,
    }),
  };
}

interface Begun {
  readonly begins?: readonly object[];
}

interface Options {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
}

function made<T>(catalogue: object, make: (options: Options) => T): Map<string, T> {
  const entries: [string, { help: string; labels: readonly string[] }][] = Object.entries(catalogue);
  return new Map(
    entries.map(([name, { help, labels }]) => [name, make({ name, help, labelNames: [...labels] })]),
  );
}

/** What all instances see alike is not to be added up over the workers of one machine: the largest counts. */
function gaugeOf(options: Options, readings: readonly Reading[]): Gauge {
  return new Gauge({
    ...options,
    aggregator: options.name.endsWith('_queue_length') ? 'sum' : 'max',
    async collect() {
      this.reset();
      await Promise.all(
        readings.map(async ({ labels, read }) => {
          const value = await Promise.resolve()
            .then(read)
            .catch(() => undefined);
          if (value !== undefined) this.set(labels, value);
        }),
      );
    },
  });
}
