/**
 * `npm run bench:ceiling`: how many complete logins a second with real hashing (Argon2id, 19 MiB, two passes), beside the
 * most that this machine could do: its cores, divided by the CPU time of one verification and of one login at the bare
 * library, all taken in the same run.
 */
import { availableParallelism } from 'node:os';
import { hashSync, verifySync } from '@node-rs/argon2';
import { startBare, startKapuOnRedis } from './processes.ts';
import { type Figures, measure, type Scenario } from './scenarios.ts';

const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const VERIFICATIONS = 60;
const LOGIN: Scenario = { operation: 'login', count: 400, atOnce: 32 };

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
    return await measure(server, { ...LOGIN, count: LOGIN.count / 4 }, LOGIN);
  } finally {
    await server.stop();
  }
}

const verification = verificationCpuMs();
const bare = await loginsAt(startBare);
const kapu = await loginsAt(() => startKapuOnRedis('real'));
const ceiling = (availableParallelism() * 1000) / (verification + bare.serverCpuMs);

process.stdout.write(`
Argon2id verification         ${verification.toFixed(1)} ms CPU
bare login, in memory         ${bare.serverCpuMs.toFixed(1)} ms CPU
ceiling of ${availableParallelism()} cores            ${ceiling.toFixed(0)} logins/s
Kapu on Redis, real hashing   ${kapu.perSecond.toFixed(0)} logins/s (p50 ${kapu.p50Ms.toFixed(0)} ms, p99 ${kapu.p99Ms.toFixed(0)} ms), ${((100 * kapu.perSecond) / ceiling).toFixed(0)} % of the ceiling; driver and Redis share the cores
`);
