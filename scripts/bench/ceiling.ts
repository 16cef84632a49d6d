/**
 * `npm run bench:ceiling`: how many complete logins a second with real hashing (Argon2id, 19 MiB, two passes), beside the
 * most that this machine could do: its cores, without what the driver uses of them, divided by the CPU time of one
 * verification and of one login at the bare library, all taken in the same run.
 */
import { availableParallelism } from 'node:os';
import { hashSync, verifySync } from '@node-rs/argon2';
import { startBare, startKapuOnRedis } from './processes.ts';
import { type Figures, measure, type Scenario } from './scenarios.ts';

const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const VERIFICATIONS = 60;
const LOGIN: Scenario = { operation: 'login', count: 1000, atOnce: 32 };
const WARM_UP: Scenario = { ...LOGIN, count: 750 };

/** Milliseconds of CPU, alone on its core. */
function verificationCpuMs(): number {
  const hash = hashSync('a password', ARGON2);
  verifySync(hash, 'a password');
  const begun = process.cpuUsage();
  for (let i = 0; i < VERIFICATIONS; i += 1) verifySync(hash, 'a password');
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000 / VERIFICATIONS;
}

async function loginsAt(start: typeof startBare): Promise<Figures> {
  const server = await start();
  try {
    return await measure(server, WARM_UP, LOGIN);
  } finally {
    await server.stop();
  }
}

const verification = verificationCpuMs();
const bare = await loginsAt(startBare);
const kapu = await loginsAt(() => startKapuOnRedis('real'));
const cores = availableParallelism();
const left = cores - (kapu.driverCpuMs * kapu.perSecond) / 1000;
const ceiling = (left * 1000) / (verification + bare.serverCpuMs);
const ofCeiling = (100 * kapu.perSecond) / ceiling;

process.stdout.write(`
Argon2id verification         ${verification.toFixed(1)} ms CPU
bare login, in memory         ${bare.serverCpuMs.toFixed(1)} ms CPU
Kapu's login, real hashing    ${kapu.serverCpuMs.toFixed(1)} ms CPU, Redis ${kapu.redisCpuMs.toFixed(1)} ms, the driver ${kapu.driverCpuMs.toFixed(1)} ms
ceiling of ${cores} cores            ${ceiling.toFixed(0)} logins/s on the ${left.toFixed(2)} that the driver leaves
Kapu on Redis, real hashing   ${kapu.perSecond.toFixed(0)} logins/s (p50 ${kapu.p50Ms.toFixed(0)} ms, p99 ${kapu.p99Ms.toFixed(0)} ms), ${ofCeiling.toFixed(0)} % of the ceiling; Redis shares the cores
`);
