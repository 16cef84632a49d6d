/** The store or the mail server away and back: people and portals are told, nothing is lost, nobody restarts anything. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Browser } from '../support/browser.ts';
import { Citizen } from '../support/citizen.ts';
import { compiled } from '../support/compiled.ts';
import { newFolder } from '../support/folders.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { describeWithRedis } from '../support/needs.ts';
import { Portal } from '../support/portal.ts';
import { freePort } from '../support/ports.ts';
import { sameService, startProcess } from '../support/process.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { startMailServer } from '../support/smtp.ts';
import { MINUTES, releaseClock, stopClock, travel } from '../support/time.ts';

describeWithRedis('the store unreachable', () => {
  let redis: RedisServer;
  let kapu: TestKapu;
  let portal: Portal;

  beforeAll(async () => {
    redis = await startRedis();
    kapu = await startKapu({ redisUrl: redis.url });
    portal = await Portal.join(kapu, { acr: 'low' });
  });
  afterAll(async () => {
    await kapu.stop();
    await redis.stop();
  });

  async function backAgain(): Promise<void> {
    const deadline = performance.now() + 30_000;
    while (performance.now() < deadline) {
      if ((await fetch(`${kapu.issuer}/health/ready`)).ok) return;
      await pause(50);
    }
    throw new Error('not back');
  }

  it('is a 503 page with Retry-After, server_error to portals, a log line; and a login goes on when it is back', async () => {
    const citizen = await Citizen.born(kapu);
    const visit = await citizen.goesTo(portal);
    const address = citizen.browser.page.path;
    const tokens = await (await Citizen.born(kapu)).logsIn(portal);
    await redis.kill();

    const page = await citizen.browser.open(address);
    expect(page.status).toBe(503);
    expect(page.headers['retry-after']).toMatch(/^\d+$/);
    expect(page.html).toContain('<html lang="hu"');
    expect(page.html).toContain(`href="${address}"`);

    const start = await new Browser(kapu.issuer).open((await portal.visit()).url);
    expect(start.status).toBe(503);
    const userinfo = await fetch(`${kapu.issuer}/me`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(userinfo.status).toBe(503);
    expect(userinfo.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await userinfo.json()).toMatchObject({ error: 'server_error' });

    expect((await fetch(`${kapu.issuer}/health/live`)).status).toBe(200);
    expect((await fetch(`${kapu.issuer}/health/ready`)).status).toBe(503);
    expect(kapu.logged()).toContain('StoreUnavailable');

    await redis.restart();
    await backAgain();
    await citizen.browser.open(address);
    await citizen.goesThrough();
    expect((await visit.arrive(citizen.browser.page.left ?? '')).claims()?.acr).toBe(kapu.env.acrValues.low);
  });

  it('SIGTERM lets a request under way end and exits with 0', async () => {
    const server = await startProcess(sameService(kapu));
    expect((await fetch(`${server.issuer}/health/live`)).status).toBe(200);
    expect(await server.end('SIGTERM')).toBe(0);
    await expect(fetch(`${server.issuer}/health/live`)).rejects.toThrow();
  });

  it('SIGTERM loses no request of a proxy that held its connection open: the answer says that it ends', async () => {
    const server = await startProcess(sameService(kapu));
    const { hostname, port } = new URL(server.issuer);
    const proxy = connect(Number(port), hostname);
    const asked = async () => {
      proxy.write(`GET /health/live HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
      return String((await once(proxy, 'data'))[0]);
    };
    let answer = await asked();
    const ended = server.end('SIGTERM');
    while (/^connection: keep-alive/im.test(answer)) answer = await asked();
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer).toMatch(/^connection: close/im);
    expect(await ended).toBe(0);
  });
});

it('SIGTERM ends a start that waits for its store, though the store never answers', async () => {
  const REDIS_URL = `redis://127.0.0.1:${await freePort('127.0.0.1')}`;
  const env = { NODE_ENV: 'development', DATA_DIR: newFolder('start'), REDIS_URL };
  const starting = spawn(process.execPath, [compiled('provider/main.js')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(starting.stdout))
    if (line.includes('waiting for the store')) break;
  starting.stdout.resume();
  starting.kill('SIGTERM');
  expect(await once(starting, 'exit')).toEqual([0, null]);
});

describeWithRedis('the mail server unreachable', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    stopClock();
    redis = await startRedis();
  });
  afterAll(async () => {
    await redis.stop();
    releaseClock();
  });

  it('delays no page and loses no mail, also when another instance has to send it', async () => {
    const port = await freePort('127.0.0.1');
    const variables = { SMTP_URL: `smtp://127.0.0.1:${port}` };
    const first = await startKapu({ redisUrl: redis.url, variables });
    const citizen = await Citizen.born(first);
    await citizen.logsIn(await Portal.join(first, { acr: 'substantial' }));
    await first.drain();
    expect(first.logged()).toMatch(/"about":"enrolled".*not delivered, will try again/);
    expect(first.logged()).not.toContain(`${citizen.username}@`);
    await first.stop();

    const server = await startMailServer(port);
    const { DATA_DIR: _, ...same } = sameService(first);
    const second = await startKapu({ redisUrl: redis.url, variables: { ...same, ...variables } });
    travel(1 * MINUTES);
    await second.drain();
    expect(server.recipients).toEqual([`${citizen.username}@example.hu`]);
    expect(server.taken).toHaveLength(1);
    await second.stop();
    await server.stop();
  });
});
