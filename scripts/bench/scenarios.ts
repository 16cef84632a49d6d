/** One measurement: an operation, so many times, at once or one after the other, and what each took of everything. */
import type { Outcome } from './driver.ts';
import type { Usage } from './measured.ts';
import { type Operation, peopleFor } from './operations.ts';
import { type Driver, type MeasuredServer, startDriver } from './processes.ts';

export interface Scenario {
  readonly operation: Operation;
  readonly count: number;
  readonly atOnce: number;
}

/** Per operation, unless it says otherwise. */
export interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverCpuMs: number;
  readonly redisCpuMs: number;
  readonly driverCpuMs: number;
  readonly waits: number;
  readonly commands: number;
  /** Of the server, at the end. */
  readonly rssMiB: number;
  readonly loopP99Ms: number;
  readonly failed: number;
}

/** One after the other by one driver, which those before warm up; answers the figures of the last. */
export async function measure(
  server: MeasuredServer,
  ...scenarios: readonly [Scenario, ...Scenario[]]
): Promise<Figures> {
  const driver = startDriver();
  try {
    let figures = await measuredBy(driver, server, scenarios[0]);
    for (const scenario of scenarios.slice(1)) figures = await measuredBy(driver, server, scenario);
    return figures;
  } finally {
    driver.stop();
  }
}

async function measuredBy(driver: Driver, server: MeasuredServer, scenario: Scenario): Promise<Figures> {
  const { at, relying } = server;
  const { operation, count, atOnce } = scenario;
  const people = await server.people(peopleFor(scenario), operation !== 'enrolment');
  const look = async () => ({ usage: await server.usage(), redis: await server.redisCpuMs() });
  const run = await driver.run({ operation, at, relying, people, atOnce, count }, look);
  const { failed, fault } = run.outcome;
  if (fault) process.stderr.write(`${operation}: ${failed} failed, first: ${fault}\n`);
  return figuresOf(run);
}

interface Look {
  readonly usage: Usage;
  /** Milliseconds of CPU. */
  readonly redis: number;
}

interface Run {
  readonly outcome: Outcome;
  readonly before: Look;
  readonly after: Look;
}

function figuresOf({ outcome, before, after }: Run): Figures {
  const per = (from = 0, to = 0) => (to - from) / Math.max(1, outcome.done);
  return {
    perSecond: outcome.done / outcome.seconds,
    p50Ms: outcome.p50Ms,
    p99Ms: outcome.p99Ms,
    serverCpuMs: per(before.usage.cpuMs, after.usage.cpuMs),
    redisCpuMs: per(before.redis, after.redis),
    driverCpuMs: per(0, outcome.cpuMs),
    waits: per(before.usage.counts.waits, after.usage.counts.waits),
    commands: per(before.usage.counts.commands, after.usage.counts.commands),
    rssMiB: after.usage.rssMiB,
    loopP99Ms: after.usage.loopP99Ms,
    failed: outcome.failed,
  };
}
