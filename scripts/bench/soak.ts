/**
 * `npm run bench:soak`: a mixed load for half an hour (or as many minutes as the first argument says) on two instances as
 * they are deployed, with real hashing, on a Redis Cluster of six nodes. Every minute it prints what was done and failed,
 * and what each instance holds. Second argument: visits a second (5); a visit is a login and seven requests of its portal.
 * Ends with 1 when something failed.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../test/support/ports.ts';
import { startCluster } from '../../test/support/redis-topology.ts';
import { balanced } from '../../test/support/twins.ts';
import { start } from './processes.ts';
import type { SoakCounts, SoakJob } from './soak-driver.ts';
import { registered } from './soak-people.ts';

const MINUTES = Number(process.argv[2] ?? 30);
const VISITS_PER_SECOND = Number(process.argv[3] ?? 5);
/** Each comes again after two minutes. */
const PEOPLE = VISITS_PER_SECOND * 120;

const say = (line: string) => process.stdout.write(`${line}\n`);

interface Instance {
  readonly process: ChildProcess;
  readonly metricsPort: number;
}

async function startInstance(
  variables: Readonly<Record<string, string>>,
): Promise<Instance & { port: number }> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const own = { PORT: `${port}`, METRICS_PORT: `${metricsPort}` };
  const child = fork(new URL('../../provider/main.js', import.meta.url), {
    env: { ...variables, ...own },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  for (;;) {
    const answer = await fetch(`http://localhost:${port}/health/ready`).catch(() => undefined);
    if (answer?.ok) return { process: child, metricsPort, port };
    if (child.exitCode !== null) throw new Error('an instance did not start');
    await pause(100);
  }
}

/** Sums over all labels. */
async function metricOf({ metricsPort }: Instance, name: string): Promise<number> {
  const text = await (await fetch(`http://localhost:${metricsPort}/metrics`)).text();
  const lines = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
  return lines.reduce((sum, [, value]) => sum + Number(value), 0);
}

async function holdings(instance: Instance): Promise<string> {
  const { pid } = instance.process;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const rss = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
  const heap = (await metricOf(instance, 'nodejs_heap_size_used_bytes')) / 2 ** 20;
  const files = readdirSync(`/proc/${pid}/fd`).length;
  const handles = await metricOf(instance, 'nodejs_active_resources_total');
  return `${rss.toFixed(0)} MiB, heap ${heap.toFixed(0)}, ${files} files, ${handles} handles`;
}

const cluster = await startCluster();
const port = await freePort();
const key = () => randomBytes(32).toString('base64url');
const variables = {
  ...cluster.variables,
  NODE_ENV: 'development',
  ISSUER: `http://localhost:${port}`,
  COOKIE_KEYS: key(),
  SECRET_KEYS: key(),
  PAIRWISE_SALT: key(),
  LOG_LEVEL: 'warn',
};
const { relying, people } = await registered(variables, PEOPLE);
const instances = [await startInstance(variables), await startInstance(variables)];
const balancer = await balanced(
  port,
  instances.map((one) => one.port),
);
const driver = start('soak-driver');
await once(driver, 'message');
driver.send({ relying, people, visitsPerSecond: VISITS_PER_SECOND } satisfies SoakJob);

async function counted(): Promise<SoakCounts> {
  driver.send('counts');
  const [counts] = (await once(driver, 'message')) as [SoakCounts];
  return counts;
}

say(`${PEOPLE} people, ${VISITS_PER_SECOND} visits a second, two instances, ${availableParallelism()} cores`);
for (let minute = 1; minute <= MINUTES; minute += 1) {
  await pause(60_000);
  const { visits, operations, failed } = await counted();
  const held = await Promise.all(instances.map(holdings));
  const load = loadavg()[0]?.toFixed(1);
  say(
    `${minute} min (load ${load}): ${visits} visits, ${operations} operations, ${failed} failed; ${held.join('; ')}`,
  );
}
const { failed, faults } = await counted();
for (const fault of faults) say(fault);

driver.disconnect();
balancer.close();
for (const { process: child } of instances) {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
await cluster.stop();
process.exit(failed > 0 ? 1 : 0);
