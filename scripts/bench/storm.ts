/**
 * `npm run bench:storm`: logins offered at five times what the machine can check. Beside them, each in an idle process of
 * its own, so many a second ask for userinfo, refresh, or come to the door: the same before, during and after the storm.
 * The service and those beside run at the same priority, the crowd at a lower one: it would come from other machines.
 * It shares the cores all the same, and so does Redis. Arguments: seconds of a storm (20), storms on one server (1).
 */
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Usage } from './measured.ts';
import { type MeasuredServer, startDriver, startKapuOnRedis } from './processes.ts';
import { measure } from './scenarios.ts';
import type { StormJob, StormOutcome } from './storm-driver.ts';

const SECONDS = Number(process.argv[2] ?? 20);
const STORMS = Number(process.argv[3] ?? 1);
const TIMES_CAPACITY = 5;
const CALM_SECONDS = 8;
const WARM_UP = 400;
const BESIDE = { perSecond: 20, people: 16 };
/** Above the service, below the threads that hash. */
const CROWD_NICENESS = 5;

const say = (line: string) => process.stdout.write(`${line}\n`);
const percent = (part: number) => `${(100 * part).toFixed(0)} %`;

const CORES = availableParallelism();

interface Capacity {
  /** Logins. */
  readonly perSecond: number;
  /** Cores that the driver left to the service. */
  readonly cores: number;
}

/** Of a server that turns nobody away at its door. */
async function capacityOfMachine(): Promise<Capacity> {
  const server = await startKapuOnRedis('real');
  const logins = { operation: 'login', atOnce: 16 } as const;
  try {
    const had = await measure(server, { ...logins, count: 200 }, { ...logins, count: 300 });
    return { perSecond: had.perSecond, cores: CORES - (had.driverCpuMs * had.perSecond) / 1000 };
  } finally {
    await server.stop();
  }
}

type What = Omit<StormJob, 'relying' | 'people'> & { readonly niceness?: number };

/** Prepares a driver; what comes back lets it go. */
async function prepared(server: MeasuredServer, { niceness, ...job }: What, people: number) {
  const driver = startDriver<StormJob, StormOutcome>('storm-driver', niceness);
  await driver.prepare({ ...job, relying: server.relying, people: await server.people(people) });
  return async () => {
    try {
      return await driver.go();
    } finally {
      driver.stop();
    }
  };
}

interface Beside {
  readonly userinfo: StormOutcome;
  readonly refresh: StormOutcome;
  readonly door: StormOutcome;
}

async function beside(server: MeasuredServer, seconds: number): Promise<() => Promise<Beside>> {
  const { perSecond, people } = BESIDE;
  const userinfo = await prepared(server, { what: 'userinfo', perSecond, seconds }, people);
  const refresh = await prepared(server, { what: 'refresh', perSecond, seconds }, people);
  const door = await prepared(server, { what: 'door', perSecond, seconds }, 0);
  return async () => {
    const [one, two, three] = await Promise.all([userinfo(), refresh(), door()]);
    return { userinfo: one, refresh: two, door: three };
  };
}

function row(when: string, { userinfo, refresh, door }: Beside): string {
  const of = ({ p50Ms, p99Ms, failed, fault }: StormOutcome) =>
    `p50 ${p50Ms.toFixed(1)} p99 ${p99Ms.toFixed(1)} ms, failed ${failed}${fault ? `: ${fault}` : ''}`;
  const late = Math.max(...[userinfo, refresh, door].map(({ loopP99Ms }) => loopP99Ms));
  return `${when.padEnd(8)} userinfo ${of(userinfo)}; refresh ${of(refresh)}; these processes late by p99 ${late.toFixed(1)} ms`;
}

interface Storm {
  readonly crowd: StormOutcome;
  readonly others: Beside;
  readonly tookS: number;
  readonly before: Usage;
  readonly after: Usage;
}

function lines({ crowd, others, tookS, before, after }: Storm): string {
  const completed = crowd.done / tookS;
  const coresOf = (ms: number) => ms / (tookS * 1000);
  const ofMachine = (ms: number) => coresOf(ms) / CORES;
  const measuring = [crowd, ...Object.values(others)].reduce((ms, { cpuMs }) => ms + cpuMs, 0);
  const possible = (capacity.perSecond * (CORES - coresOf(measuring))) / capacity.cores;
  const fault = crowd.fault ? `: ${crowd.fault}` : '';
  const { refused, refusalP50Ms, refusalP99Ms } = others.door;
  return `
logins   begun ${crowd.begun}, completed ${crowd.done} in ${tookS.toFixed(1)} s: ${completed.toFixed(0)}/s, ${percent(completed / capacity.perSecond)} of capacity, ${percent(completed / possible)} of it on the cores that the measurement left; p50 ${crowd.p50Ms.toFixed(0)} p99 ${crowd.p99Ms.toFixed(0)} ms
refused  ${crowd.refused} of the crowd with 503 and Retry-After, failed otherwise ${crowd.failed}${fault}, unsent ${crowd.unsent}; beside it ${refused} in p50 ${refusalP50Ms.toFixed(1)} p99 ${refusalP99Ms.toFixed(1)} ms, of the crowd p50 ${crowd.refusalP50Ms.toFixed(1)} p99 ${crowd.refusalP99Ms.toFixed(1)}
machine  the crowd's process took ${percent(ofMachine(crowd.cpuMs))} of it, the server ${percent(ofMachine(after.cpuMs - before.cpuMs))}; event loop at work ${percent((after.loopMs - before.loopMs) / (tookS * 1000))} of the time, p99 ${after.loopP99Ms.toFixed(1)} ms; load ${loadavg()[0]?.toFixed(1)}
memory   ${before.rssMiB.toFixed(0)} MiB before, ${after.rssMiB.toFixed(0)} MiB as it ended`;
}

async function sayKept(when: string): Promise<void> {
  const { rssMiB, heapMiB } = await server.kept();
  say(
    `${when.padEnd(8)} ${rssMiB.toFixed(0)} MiB, of the heap ${heapMiB.toFixed(1)} in use with all garbage collected`,
  );
}

async function oneStorm(): Promise<void> {
  const enough = Math.ceil(capacity.perSecond * (SECONDS + 6) * 1.3);
  const offer = { what: 'logins', perSecond: offered, seconds: SECONDS, niceness: CROWD_NICENESS } as const;
  const storm = await prepared(server, offer, enough);
  const during = await beside(server, SECONDS);
  const before = await server.usage();
  const begun = performance.now();
  const [crowd, others] = await Promise.all([storm(), during()]);
  const tookS = (performance.now() - begun) / 1000;
  const after = await server.usage();
  say(row('storm', others));
  const times = (what: 'userinfo' | 'refresh') => (others[what].p99Ms / calm[what].p99Ms).toFixed(1);
  say(
    `         p99 against calm: userinfo ${times('userinfo')} ×, refresh ${times('refresh')} × (at most 3)`,
  );
  say(lines({ crowd, others, tookS, before, after }));
  await pause(1_000);
  say(row('after', await (await beside(server, CALM_SECONDS))()));
  await sayKept('after');
}

const capacity = await capacityOfMachine();
const server = await startKapuOnRedis('paced');
await measure(server, { operation: 'login', atOnce: 1, count: WARM_UP });
const offered = capacity.perSecond * TIMES_CAPACITY;
say(`capacity ${capacity.perSecond.toFixed(0)} logins/s; offered ${offered.toFixed(0)}/s for ${SECONDS} s`);
const calm = await (await beside(server, CALM_SECONDS))();
say(row('calm', calm));
await sayKept('calm');
for (let storms = 0; storms < STORMS; storms += 1) await oneStorm();
await server.stop();
