/** The people and portals of a measurement, in a process of their own, so that their work is not the server's. */
import { driven } from './driven.ts';
import { type Job, workOf } from './operations.ts';
import { quantilesOf } from './quantiles.ts';

export interface Outcome {
  readonly seconds: number;
  /** What the driver itself used meanwhile. */
  readonly cpuMs: number;
  readonly done: number;
  readonly failed: number;
  /** What the first failure said. */
  readonly fault?: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function run(job: Job): Promise<() => Promise<Outcome>> {
  const work = await workOf(job);
  return async () => {
    const times: number[] = [];
    let next = 0;
    let failed = 0;
    let fault: string | undefined;
    const worker = async (_: unknown, own: number) => {
      while (next < job.count) {
        const index = next;
        next += 1;
        const begun = performance.now();
        try {
          await work(index, own);
          times.push(performance.now() - begun);
        } catch (error) {
          failed += 1;
          fault ??= String(error);
        }
      }
    };
    const cpu = process.cpuUsage();
    const begun = performance.now();
    await Promise.all(Array.from({ length: job.atOnce }, worker));
    const seconds = (performance.now() - begun) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const cpuMs = (user + system) / 1000;
    const quantile = quantilesOf(times);
    const counts = {
      seconds,
      cpuMs,
      done: times.length,
      failed,
      p50Ms: quantile(0.5),
      p99Ms: quantile(0.99),
    };
    return fault === undefined ? counts : { ...counts, fault };
  };
}

driven(run);
