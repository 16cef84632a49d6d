/**
 * `npm run bench`: what logins and what follows them cost, on Redis, beside oidc-provider as it comes on its in-memory
 * store. Every process is its own: server, Redis, and the driver that plays people and portals. Hashing is cheap here:
 * its price is measured by itself (`ceiling.ts`). Arguments: operations to measure (all), `--quick` for a tenth.
 */
import { availableParallelism, loadavg } from 'node:os';
import type { Operation } from './operations.ts';
import { type MeasuredServer, startBare, startDriver, startKapuOnRedis } from './processes.ts';
import { type Figures, measure, type Scenario } from './scenarios.ts';

const AT_ONCE = 32;
const COUNTS: Readonly<Record<Operation, number>> = {
  login: 1000,
  enrolment: 600,
  mixed: 4000,
  'single-sign-on': 2000,
  refresh: 3000,
  userinfo: 5000,
  introspection: 5000,
  discovery: 5000,
};

const given = process.argv.slice(2);
const quick = given.includes('--quick');
const wanted = (Object.keys(COUNTS) as Operation[]).filter(
  (operation) => given.includes(operation) || given.every((word) => word.startsWith('--')),
);

async function figuresOf(server: MeasuredServer, scenario: Scenario): Promise<Figures> {
  const driver = startDriver();
  try {
    return await measure(server, driver, scenario);
  } finally {
    driver.stop();
  }
}

const COLUMNS = [
  'ops/s',
  'p50 ms',
  'p99 ms',
  'CPU ms',
  'Redis ms',
  'waits',
  'cmds',
  'RSS MiB',
  'loop p99',
  'failed',
];

function row(name: string, figures: Figures): string {
  const { perSecond, p50Ms, p99Ms, serverCpuMs, redisCpuMs, waits, commands, rssMiB, loopP99Ms, failed } =
    figures;
  const cells = [
    perSecond,
    p50Ms,
    p99Ms,
    serverCpuMs,
    redisCpuMs,
    waits,
    commands,
    rssMiB,
    loopP99Ms,
    failed,
  ];
  return [name.padEnd(26), ...cells.map((cell) => cell.toFixed(cell < 10 ? 2 : 0).padStart(9))].join('');
}

const say = (line: string) => process.stdout.write(`${line}\n`);

async function compare(operation: Operation): Promise<void> {
  const count = quick ? COUNTS[operation] / 10 : COUNTS[operation];
  const kapu = () => startKapuOnRedis('cheap');
  // The bare library has no second factor to enrol.
  for (const start of operation === 'enrolment' ? [kapu] : [startBare, kapu]) {
    const server = await start();
    try {
      await figuresOf(server, { operation, count: Math.ceil(count / 4), atOnce: AT_ONCE });
      const many = await figuresOf(server, { operation, count, atOnce: AT_ONCE });
      const one = await figuresOf(server, { operation, count: 40, atOnce: 1 });
      const { waits, commands } = one;
      say(row(`${operation} ${server.at}`, { ...many, waits, commands }));
    } finally {
      await server.stop();
    }
  }
}

say(`Per operation, ${AT_ONCE} at once; waits and commands one at a time`);
say(`${availableParallelism()} cores, load average ${loadavg()[0]?.toFixed(1)}\n`);
say([' '.repeat(26), ...COLUMNS.map((name) => name.padStart(9))].join(''));
for (const operation of wanted) await compare(operation);
