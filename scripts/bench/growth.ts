/**
 * `npm run bench:growth`: what a login costs with a thousand accounts in Redis and with more and more, and what Redis holds
 * of an enrolled account and of a login's session. Arguments: the numbers of accounts (1,000 to 1,000,000 by tens).
 */
import { loadavg } from 'node:os';
import { startDriver, startKapuOnRedis } from './processes.ts';
import { measure } from './scenarios.ts';

const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1e3, 1e4, 1e5, 1e6];
const LOGINS = 600;
/** So many before it counts: until then the engine is still compiling, and what comes later would seem the cheaper. */
const WARM_UP = 2000;
const AT_ONCE = 16;
/** The store answers the question for this many in the time that one may wait for it. */
const FILLED_AT_A_TIME = 10_000;

const say = (line: string) => process.stdout.write(`${line}\n`);
const server = await startKapuOnRedis('cheap');

const logins = (count: number, atOnce: number) => measure(server, { operation: 'login', count, atOnce });

async function filledTo(size: number, from: number): Promise<number> {
  const before = await server.redisBytes();
  for (let left = size - from; left > 0; left -= FILLED_AT_A_TIME)
    await server.fill(Math.min(FILLED_AT_A_TIME, left));
  return ((await server.redisBytes()) - before) / (size - from);
}

/** With all that a login leaves for a while: its tokens, what was spent, the lines in the history. */
async function bytesOfSession(): Promise<number> {
  const driver = startDriver();
  const { at, relying } = server;
  const people = await server.people(LOGINS);
  const job = { operation: 'login', at, relying, people, atOnce: AT_ONCE, count: LOGINS } as const;
  try {
    const { before, after } = await driver.run(job, server.redisBytes);
    return (after - before) / LOGINS;
  } finally {
    driver.stop();
  }
}

await logins(WARM_UP, AT_ONCE);
say(
  '| accounts | bytes an account | CPU ms of a login | Redis ms | waits | commands | bytes a session | load |',
);
say('| --- | --- | --- | --- | --- | --- | --- | --- |');
let size = 0;
for (const next of SIZES) {
  const bytes = await filledTo(next, size);
  size = next;
  const session = await bytesOfSession();
  const many = await logins(LOGINS, AT_ONCE);
  const one = await logins(40, 1);
  const cells = [
    size.toLocaleString('en'),
    bytes.toFixed(0),
    many.serverCpuMs.toFixed(2),
    many.redisCpuMs.toFixed(2),
    one.waits.toFixed(1),
    one.commands.toFixed(1),
    session.toFixed(0),
    loadavg()[0]?.toFixed(1),
  ];
  say(`| ${cells.join(' | ')} |`);
}
await server.stop();
