/**
 * `npm run bench:storm`: logins offered at five times what the machine can check, with userinfo and refresh beside them.
 * Prints both before, during and after it; logins that came through against capacity; how quickly the others were turned
 * away; memory. Everything shares the machine's cores: the driver's part is printed, and would be somebody else's.
 * Arguments: seconds of a storm (20), how many one after the other on the same server (1).
 */
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Usage } from './measured.ts';
import { type MeasuredServer, startDriver, startKapuOnRedis } from './processes.ts';
import { measure } from './scenarios.ts';
import type { StormJob, StormOutcome } from './storm-driver.ts';

const SECONDS = Number(process.argv[2] ?? 20);
const STORMS = Number(process.argv[3] ?? 1);
const TIMES_CAPACITY = 5;
const CALM_SECONDS = 8;
const BESIDE = { perSecond: 20, people: 16 };

const say = (line: string) => process.stdout.write(`${line}\n`);

async function capacityOf(server: MeasuredServer): Promise<number> {
  const logins = { operation: 'login', atOnce: 16 } as const;
  return (await measure(server, { ...logins, count: 60 }, { ...logins, count: 300 })).perSecond;
}

/** Prepares a driver; what comes back lets it go. */
async function prepared(server: MeasuredServer, job: Omit<StormJob, 'relying' | 'people'>, people: number) {
  const driver = startDriver<StormJob, StormOutcome>('storm-driver');
  await driver.prepare({ ...job, relying: server.relying, people: await server.people(people) });
  return async () => {
    try {
      return await driver.go();
    } finally {
      driver.stop();
    }
  };
}

async function beside(server: MeasuredServer, seconds: number) {
  const { perSecond, people } = BESIDE;
  const [userinfo, refresh] = [
    await prepared(server, { what: 'userinfo', perSecond, seconds }, people),
    await prepared(server, { what: 'refresh', perSecond, seconds }, people),
  ];
  return () => Promise.all([userinfo(), refresh()]);
}

function row(when: string, [userinfo, refresh]: readonly [StormOutcome, StormOutcome]): string {
  const of = ({ p50Ms, p99Ms, failed, fault }: StormOutcome) =>
    `p50 ${p50Ms.toFixed(1)} p99 ${p99Ms.toFixed(1)} ms, failed ${failed}${fault ? `: ${fault}` : ''}`;
  return `${when.padEnd(8)} userinfo ${of(userinfo)}; refresh ${of(refresh)}`;
}

const server = await startKapuOnRedis('real');
const cores = availableParallelism();
const capacity = await capacityOf(server);
const offered = capacity * TIMES_CAPACITY;
say(`capacity ${capacity.toFixed(0)} logins/s; offered ${offered.toFixed(0)}/s for ${SECONDS} s`);

const calm = await (await beside(server, CALM_SECONDS))();
say(row('calm', calm));

function lines(crowd: StormOutcome, tookS: number, before: Usage, after: Usage): string {
  const completed = crowd.done / tookS;
  const driverShare = crowd.cpuMs / (tookS * 1000 * cores);
  const percent = (part: number) => `${(100 * part).toFixed(0)} %`;
  return `
logins   begun ${crowd.begun}, completed ${crowd.done} in ${tookS.toFixed(1)} s: ${completed.toFixed(0)}/s, ${percent(completed / capacity)} of capacity
         (${percent(completed / (capacity * (1 - driverShare)))} without the driver's ${percent(driverShare)} of the machine); p50 ${crowd.p50Ms.toFixed(0)} p99 ${crowd.p99Ms.toFixed(0)} ms
refused  ${crowd.refused} with 503 and Retry-After in p50 ${crowd.refusalP50Ms.toFixed(1)} p99 ${crowd.refusalP99Ms.toFixed(1)} ms; failed otherwise ${crowd.failed}${crowd.fault ? `: ${crowd.fault}` : ''}; unsent ${crowd.unsent}
memory   ${before.rssMiB.toFixed(0)} MiB before, ${after.rssMiB.toFixed(0)} MiB after; event loop p99 ${after.loopP99Ms.toFixed(1)} ms; server's CPU ${percent((after.cpuMs - before.cpuMs) / (tookS * 1000 * cores))}`;
}

async function oneStorm(): Promise<void> {
  const enough = Math.ceil(capacity * (SECONDS + 6) * 1.3);
  const storm = await prepared(server, { what: 'logins', perSecond: offered, seconds: SECONDS }, enough);
  const during = await beside(server, SECONDS);
  const before = await server.usage();
  const begun = performance.now();
  const [crowd, others] = await Promise.all([storm(), during()]);
  const tookS = (performance.now() - begun) / 1000;
  const after = await server.usage();
  say(row('storm', others));
  const times = (index: 0 | 1) => `${(others[index].p99Ms / calm[index].p99Ms).toFixed(1)} ×`;
  say(`         p99 against calm: userinfo ${times(0)}, refresh ${times(1)} (at most 3)`);
  say(lines(crowd, tookS, before, after));
  await pause(1_000);
  say(row('after', await (await beside(server, CALM_SECONDS))()));
}

for (let storms = 0; storms < STORMS; storms += 1) await oneStorm();
say(`         capacity ${(await capacityOf(server)).toFixed(0)} logins/s`);
await server.stop();
