/** Many instances on one store, two of them workers of one process: nothing is sticky, and what one learns all know. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { SIGNING_ALGORITHMS } from '../../provider/core/signing-key.ts';
import { Browser } from '../support/browser.ts';
import { Citizen } from '../support/citizen.ts';
import { ruled, seriesOf, shown } from '../support/figures.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { describeWithRedis } from '../support/needs.ts';
import { Portal } from '../support/portal.ts';
import { freePort } from '../support/ports.ts';
import { type KapuProcess, sameService, startProcess } from '../support/process.ts';
import { askedBy } from '../support/promql.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

/** The second that a change may take to be known, and what a busy machine adds. */
const TOLD_WITHIN_MS = 15_000;

describeWithRedis('two workers and another instance', () => {
  let redis: RedisServer;
  /** The other instance, in this process. */
  let here: TestKapu;
  let server: KapuProcess;
  /** The service as people reach it at the workers. */
  let there: TestKapu;
  let portal: Portal;
  let metricsPort: number;

  beforeAll(async () => {
    redis = await startRedis();
    here = await startKapu({ redisUrl: redis.url });
    metricsPort = await freePort();
    server = await startProcess({ ...sameService(here), WORKERS: '2', METRICS_PORT: `${metricsPort}` });
    there = { ...here, issuer: server.issuer };
    portal = await Portal.join(there);
  });
  afterAll(async () => {
    await here.stop();
    await redis.stop();
  });

  const workers = () =>
    readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim().split(' ');

  /** Asked again and again, each time on a new connection: the workers take turns. */
  async function everywhere(what: string, holds: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + TOLD_WITHIN_MS;
    for (let inARow = 0; inARow < 6; ) {
      inARow = (await holds()) ? inARow + 1 : 0;
      if (inARow === 0 && performance.now() > deadline) throw new Error(`not everywhere in time: ${what}`);
    }
  }
  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${server.issuer}${path}`, { redirect: 'manual', headers: { connection: 'close', ...headers } });

  async function until(holds: () => boolean): Promise<void> {
    const deadline = performance.now() + 45_000;
    while (!holds() && performance.now() < deadline) await pause(20);
  }

  it('a login goes through whichever worker each of its requests meets', async () => {
    expect(workers()).toHaveLength(2);
    for (let i = 0; i < 3; i += 1) {
      const citizen = await Citizen.born(there, { enrolled: true });
      const tokens = await citizen.logsIn(portal, { acr_values: here.env.acrValues.substantial });
      expect(tokens.claims()?.acr).toBe(here.env.acrValues.substantial);
    }
    const figures = await (await fetch(`http://localhost:${metricsPort}/metrics`)).text();
    expect(figures).toContain('kapu_logins_total{level="substantial",outcome="done"} 3');
    expect(figures).toContain('kapu_worker_deaths_total 0');
    const told = seriesOf(figures);
    const asked = [...ruled, ...shown].flatMap(askedBy).map(({ metric }) => metric);
    expect(asked.filter((metric) => metric !== 'up' && !told.includes(metric))).toEqual([]);
  });

  it('a client that one registers or removes is known or unknown to all', async () => {
    const second = await Portal.join(there);
    const { pathname, search } = new URL((await second.visit()).url);
    await everywhere('registered', async () => (await ask(pathname + search)).status === 303);
    await here.clientChanges.remove(second.clientId, { by: COMMAND_LINE });
    await everywhere('removed', async () => (await ask(pathname + search)).status === 400);
  });

  it('a session that one ends, an account that one locks, and a pause that one imposes hold at all', async () => {
    const citizen = await Citizen.born(there);
    const tokens = await citizen.logsIn(portal);
    const bearer = { authorization: `Bearer ${tokens.access_token}` };
    await everywhere('logged in', async () => (await ask('/me', bearer)).ok);
    await here.sessionEnding.endAll(citizen.accountId);
    await everywhere('logged out', async () => (await ask('/me', bearer)).status === 401);

    await here.accounts.update(citizen.accountId, (account) => ({
      account: { ...account, status: 'locked' },
      result: undefined,
    }));
    citizen.takesNewBrowser();
    await citizen.goesTo(portal);
    await citizen.choosesMethod('password');
    await citizen.entersPassword();
    expect(citizen.browser.page.status).toBe(422);

    const slow = await Citizen.born(there);
    for (let tries = 0; tries < 6; tries += 1) {
      await slow.goesTo(portal);
      if (tries === 0) await slow.choosesMethod('password');
      await slow.entersPassword('wrong password');
    }
    const elsewhere = new Browser(here.issuer);
    await elsewhere.open((await (await Portal.join(here)).visit()).url);
    await elsewhere.submit('/method', { method: 'password' });
    await elsewhere.submit('/password', { username: slow.username, password: slow.password });
    expect(elsewhere.page.status).toBe(429);
  });

  it('a key that one makes is published by all', async () => {
    const before = (await (await ask('/jwks')).json()).keys.length;
    await here.signingKeys.rotate(SIGNING_ALGORITHMS, false);
    await everywhere('published', async () => (await (await ask('/jwks')).json()).keys.length > before);
  });

  it('a worker that dies is replaced, is counted and logged; SIGTERM ends them all in peace', async () => {
    const figures = async () => (await fetch(`http://localhost:${metricsPort}/metrics`)).text();
    const requests = async () =>
      [...(await figures()).matchAll(/^kapu_request_seconds_count\{.*\} (\d+)$/gm)]
        .map(([, count]) => Number(count))
        .reduce((sum, count) => sum + count, 0);
    const before = await requests();
    expect(before).toBeGreaterThan(10);
    const [victim = '', survivor = ''] = workers();
    process.kill(Number(victim), 'SIGKILL');
    await until(() => !workers().includes(victim));
    expect(workers()).toContain(survivor);
    expect((await ask('/health/ready')).status).toBe(200);
    // What it had counted is not lost with it: a counter that goes down would look like a restart of all.
    expect(await requests()).toBeGreaterThanOrEqual(before);
    expect(await figures()).toContain('kapu_worker_deaths_total 1');
    await until(() => workers().length === 2);
    // Its successor, which only just starts, keeps nobody who asks.
    const askedAt = performance.now();
    expect(await requests()).toBeGreaterThanOrEqual(before);
    expect(performance.now() - askedAt).toBeLessThan(5_000);
    const told = () => server.output().includes('a worker ended; another takes its place');
    await until(told);
    expect(told()).toBe(true);
    expect(await server.end('SIGTERM')).toBe(0);
    expect(() => process.kill(Number(survivor), 0)).toThrow();
  });
});
