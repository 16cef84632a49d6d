/** A release takes the place of another, instance by instance, on one store: nobody is logged out or in twice. */
import { readFileSync, rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { refreshTokenGrant } from 'openid-client';
import { openEngine } from '../../adapters/open-store.ts';
import { shapedStore, type Upgrades } from '../../adapters/shapes.ts';
import type { Engine, Key } from '../../adapters/store.ts';
import { redisAt } from '../../config/redis.ts';
import { StoreUnavailable } from '../../provider/flows/ports.ts';
import type { PastStore } from '../fixtures/past-store.ts';
import { Browser } from '../support/browser.ts';
import { Citizen } from '../support/citizen.ts';
import { newFolder } from '../support/folders.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { describeWithRedis } from '../support/needs.ts';
import { Portal } from '../support/portal.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { releaseClock, SECONDS, stopClock, travel } from '../support/time.ts';
import { startTwins, type Twins } from '../support/twins.ts';

const clock = { now: () => Date.now() };

describe('what the release before left', () => {
  const past: PastStore = JSON.parse(readFileSync('test/fixtures/store-0.1.json', 'utf8'));
  let folder: string;
  let redis: RedisServer | undefined;
  let kapu: TestKapu;
  let portal: Portal;

  async function begin(redisUrl?: string): Promise<void> {
    stopClock(past.at);
    folder = newFolder('upgrade');
    const place = redisUrl === undefined ? {} : { redis: redisAt(redisUrl) };
    const engine = await openEngine({ dataDir: folder, clock, ...place });
    for (const { partition, writes } of past.holdings) await engine.commit(partition, writes);
    await engine.close();
    const variables = { ...past.variables, DATA_DIR: folder };
    kapu = await startKapu({ variables, prepare: async () => {}, ...(redisUrl && { redisUrl }) });
    portal = await Portal.of(kapu, past.clientId, past.clientSecret);
  }

  afterEach(async () => {
    await kapu.stop();
    await redis?.stop();
    releaseClock();
    rmSync(folder, { recursive: true, force: true });
  });

  async function goesOn(): Promise<void> {
    expect((await refreshTokenGrant(portal.config, past.refreshToken)).id_token).toMatch(/./);

    const browser = new Browser(kapu.issuer, { cookie: past.cookies });
    const { url, arrive } = await portal.visit({ prompt: 'none', scope: 'openid' });
    await browser.open(url);
    const tokens = await arrive(browser.page.left ?? '');
    expect(tokens.claims()).toMatchObject({ acr: kapu.env.acrValues.substantial });

    const { username, totpSecret } = past.citizen;
    const citizen = await Citizen.known(kapu, username, totpSecret);
    const visit = await citizen.goesTo(portal, { scope: 'openid' });
    await citizen.entersPassword();
    await citizen.entersCode(past.code);
    expect(citizen.browser.hasForm('/code')).toBe(true);
    travel(30 * SECONDS);
    await citizen.entersCode();
    await visit.arrive(citizen.browser.page.left ?? '');
  }

  it('serves on: refresh, single sign-on, login; and no code twice', async () => {
    await begin();
    await goesOn();
  });

  describeWithRedis('on Redis', () => {
    it('serves on as well', async () => {
      redis = await startRedis();
      await begin(redis.url);
      await goesOn();
    });
  });
});

/** What the next release will have that this one does not know. */
const NEXT: Upgrades = {
  'account/account': [(account) => ({ ...account, initials: `${account.username}`.slice(0, 1) })],
  'session/payload': [(session) => ({ ...session, since: 'the next release' })],
};

describeWithRedis('this release and the next, side by side on one store', () => {
  let redis: RedisServer;
  let engine: Engine;
  let twins: Twins;
  let portal: Portal;

  beforeAll(async () => {
    redis = await startRedis();
    engine = await openEngine({ redis: redisAt(redis.url), dataDir: '', clock });
    const releases = [shapedStore(engine, {}), shapedStore(engine, NEXT)];
    twins = await startTwins({
      redisUrl: redis.url,
      wrapStore: (store) => {
        const { close } = store;
        return { ...store, ...releases.shift(), close };
      },
    });
    portal = await Portal.join(twins.instances[0], { acr: 'substantial' });
  });
  afterAll(async () => {
    await twins.stop();
    await engine.close();
    await redis.stop();
  });

  const lying = async (key: Key) => (await engine.get<Record<string, unknown>>(key))?.value;
  const accountKey = ({ accountId }: Citizen): Key => ({
    partition: `account:${accountId}`,
    name: 'account',
  });

  it('enrolment, login, refresh, single sign-on and logout go on, whichever instance takes the request', async () => {
    for (let person = 0; person < 4; person += 1) {
      // One request more or less, so that the other one begins.
      await fetch(`${twins.issuer}/health/live`, { headers: { connection: 'close' } });
      const citizen = await Citizen.born(twins.instances[person % 2 ? 0 : 1]);
      const scope = { scope: 'openid offline_access', prompt: 'consent' };
      const tokens = await citizen.logsIn(portal, scope);
      await refreshTokenGrant(portal.config, String(tokens.refresh_token));
      const again = await portal.visit({ prompt: 'none', scope: 'openid' });
      await citizen.browser.open(again.url);
      await again.arrive(citizen.browser.page.left ?? '');
      await citizen.browser.open('/account');
      expect(citizen.browser.page.status).toBe(200);
    }
  });

  it('what only the next one knows outlives changes by this one, and is brought up to date', async () => {
    const [present, next] = twins.instances;
    const citizen = await Citizen.born(next);
    const key = accountKey(citizen);
    expect(await lying(key)).toMatchObject({ v: 2 });
    const change = (kapu: TestKapu, username: string, language: 'hu' | 'en') =>
      kapu.accounts.update(citizen.accountId, (account) => ({
        account: { ...account, username, language },
        result: undefined,
      }));
    await change(next, 'anna', 'en');
    expect(await lying(key)).toMatchObject({ v: 2, username: 'anna' });
    expect(await next.accounts.find(citizen.accountId)).not.toHaveProperty('v');
    await change(present, 'zita', 'hu');
    expect(await lying(key)).toMatchObject({ v: 1, username: 'zita' });
    expect(await next.accounts.find(citizen.accountId)).toMatchObject({ username: 'zita', initials: 'z' });
    await change(next, 'zita', 'en');
    await change(present, 'zita', 'hu');
    expect(await lying(key)).toMatchObject({ v: 1, initials: 'z' });
  });
});

describe('a document', () => {
  let folder: string;
  let engine: Engine;
  const key: Key = { partition: 'account:a', name: 'account' };

  beforeAll(async () => {
    folder = newFolder('shapes');
    engine = await openEngine({ dataDir: folder, clock });
  });
  afterAll(async () => {
    await engine.close();
    rmSync(folder, { recursive: true });
  });

  const lies = (value: unknown) => engine.commit('account:a', [{ kind: 'put', name: 'account', value }]);
  const steps = [(a: object) => ({ ...a, second: true }), (a: object) => ({ ...a, third: true })];
  const read = async (upgrades: Upgrades) => (await shapedStore(engine, upgrades).get(key))?.value;

  it('takes every step to the present shape, and none of those behind it', async () => {
    const upgrades = { 'account/account': steps };
    await lies({ id: 'a' });
    expect(await read(upgrades)).toEqual({ id: 'a', second: true, third: true });
    await lies({ id: 'a', v: 2 });
    expect(await read(upgrades)).toEqual({ id: 'a', third: true });
    expect(await read({ 'session/payload': steps })).toEqual({ id: 'a' });
  });

  it.each([[3], [-1], ['x'], [1.5], [0], [null]])(
    'of a shape that nobody here knows (%j) is a fault, and no guess',
    async (v) => {
      await lies({ id: 'a', v });
      await expect(read({})).rejects.toThrow(StoreUnavailable);
    },
  );

  it.each([['text'], [7], [true], [['a']], [null]])(
    'that has no members (%j) stays what it is',
    async (value) => {
      const store = shapedStore(engine, {});
      await store.commit('account:a', [{ kind: 'put', name: 'account', value }]);
      expect((await store.get(key))?.value).toEqual(value);
    },
  );
});
