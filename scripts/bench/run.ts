/**
 * `npm run bench`: what logins and what follows them cost, on Redis, beside oidc-provider as it comes on its in-memory
 * store. Every process is its own: server, Redis, and the driver that plays people and portals. Hashing is cheap here:
 * its price is measured by itself (`ceiling.ts`). Arguments: operations to measure (all), `--quick` for a tenth.
 */
import { availableParallelism, loadavg } from 'node:os';
import type { Operation } from './operations.ts';
import { startBare, startKapuOnRedis } from './processes.ts';
import { type Figures, measure } from './scenarios.ts';

const AT_ONCE = 32;
/** So many at least before it counts: until then the engine is still compiling. */
const WARM_UP = 750;
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

const COLUMNS = {
  'ops/s': 'perSecond',
  'p50 ms': 'p50Ms',
  'p99 ms': 'p99Ms',
  'CPU ms': 'serverCpuMs',
  'Redis ms': 'redisCpuMs',
  waits: 'waits',
  cmds: 'commands',
  'RSS MiB': 'rssMiB',
  'loop p99': 'loopP99Ms',
  failed: 'failed',
} as const satisfies Readonly<Record<string, keyof Figures>>;

function row(name: string, figures: Figures): string {
  const cells = Object.values(COLUMNS).map((member) => figures[member]);
  return [name.padEnd(26), ...cells.map((cell) => cell.toFixed(cell < 10 ? 2 : 0).padStart(9))].join('');
}

const say = (line: string) => process.stdout.write(`${line}\n`);

async function compare(operation: Operation): Promise<void> {
  const count = quick ? COUNTS[operation] / 10 : COUNTS[operation];
  const warmUp = quick ? count : Math.max(WARM_UP, count / 4);
  const kapu = () => startKapuOnRedis('cheap');
  // The bare library has no second factor to enrol.
  for (const start of operation === 'enrolment' ? [kapu] : [startBare, kapu]) {
    const server = await start();
    try {
      await measure(server, { operation, count: warmUp, atOnce: AT_ONCE });
      const many = await measure(server, { operation, count, atOnce: AT_ONCE });
      const one = await measure(server, { operation, count: 40, atOnce: 1 });
      const { waits, commands } = one;
      say(row(`${operation} ${server.at}`, { ...many, waits, commands }));
    } finally {
      await server.stop();
    }
  }
}

say(`Per operation, ${AT_ONCE} at once; waits and commands one at a time`);
say(`${availableParallelism()} cores, load average ${loadavg()[0]?.toFixed(1)}\n`);
say([' '.repeat(26), ...Object.keys(COLUMNS).map((name) => name.padStart(9))].join(''));
for (const operation of wanted) await compare(operation);
