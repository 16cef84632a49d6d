/**
 * `npm run bench:scaling`: what a second process adds to what is not hashing, on one Redis behind one balancer. Everything
 * shares the machine's cores, so the CPU time of an operation is what counts: with cores enough for driver, balancer and
 * Redis beside them, so many processes do so many times the work, less what each operation costs more than with one.
 */
import { loadavg } from 'node:os';
import type { Operation } from './operations.ts';
import { startKapusOnRedis } from './processes.ts';
import { type Figures, measure } from './scenarios.ts';

const PROCESSES = 2;
const WARM_UP = 300;
const AT_ONCE = 32;
const COUNTS = { mixed: 3000, login: 600 } as const;

const say = (line: string) => process.stdout.write(`${line}\n`);

async function figuresWith(processes: number, operation: keyof typeof COUNTS): Promise<Figures> {
  const server = await startKapusOnRedis(processes);
  const run = (what: Operation, count: number) =>
    measure(server, { operation: what, count, atOnce: AT_ONCE });
  try {
    await run('login', WARM_UP * processes);
    // As warm as one alone: a later operation is a cheaper one.
    return await run(operation, COUNTS[operation] * processes);
  } finally {
    await server.stop();
  }
}

for (const operation of ['mixed', 'login'] as const) {
  const [one, many] = [await figuresWith(1, operation), await figuresWith(PROCESSES, operation)];
  for (const [processes, figures] of [
    [1, one],
    [PROCESSES, many],
  ] as const) {
    const { perSecond, p50Ms, p99Ms, serverCpuMs, redisCpuMs, failed } = figures;
    say(
      `${operation}, ${processes} process(es): ${perSecond.toFixed(0)}/s, p50 ${p50Ms.toFixed(0)} p99 ${p99Ms.toFixed(0)} ms, CPU ${serverCpuMs.toFixed(2)} ms, Redis ${redisCpuMs.toFixed(2)} ms, failed ${failed}`,
    );
  }
  const ownCores = (PROCESSES * one.serverCpuMs) / many.serverCpuMs;
  const shared = many.perSecond / one.perSecond;
  say(
    `${operation}: 1 → ${PROCESSES} processes ${ownCores.toFixed(2)} × by CPU time, ${shared.toFixed(2)} × as it went with everything on the same cores; load average ${loadavg()[0]?.toFixed(1)}`,
  );
}
