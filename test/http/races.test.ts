/** What a plain adapter gets wrong under concurrency, on both engines. */
import { AsyncResource } from 'node:async_hooks';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import type { Key, Store } from '../../adapters/store.ts';
import { Browser } from '../support/browser.ts';
import { Citizen } from '../support/citizen.ts';
import { type EngineName, onEachEngine } from '../support/engines.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { Portal } from '../support/portal.ts';
import { sameService, startProcess } from '../support/process.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

onEachEngine(racesOn);

describe('the races are real', () => {
  /** The way to a store that is not in this process: what races need. */
  const NETWORK_MS = 120;

  let racing = false;

  /** What a plain adapter is: it reads, and then it writes, whatever has happened in between. */
  const careless = (store: Store): Store => ({
    ...store,
    commit: async (partition, writes) => {
      if (racing) await pause(NETWORK_MS);
      const forgetful = writes.map((write) => {
        if (!('expect' in write)) return write;
        const { expect: _, ...unconditional } = write;
        return unconditional;
      });
      return store.commit(partition, forgetful);
    },
  });

  /** Answers how many came through, of those who do the same at once. */
  async function passed(race: () => Promise<PromiseSettledResult<unknown>[]>): Promise<number> {
    racing = true;
    const results = await race();
    racing = false;
    return fulfilled(results);
  }

  it('a store that forgets what a write expects lets one code, one token and one TOTP code pass more than once', async () => {
    const kapu = await startKapu({ wrapStore: careless });
    const portal = await Portal.join(kapu, { acr: 'low' });
    const citizen = await Citizen.born(kapu, { enrolled: true });
    const spa = await Portal.join(kapu, { acr: 'low', metadata: { token_endpoint_auth_method: 'none' } });
    const visit = await citizen.goesTo(portal);
    await citizen.goesThrough();
    const callback = citizen.browser.page.left ?? '';
    expect(await passed(() => times(20, () => visit.arrive(callback)))).toBeGreaterThan(1);

    const tokens = await citizen.logsIn(spa, { scope: 'openid offline_access', prompt: 'consent' });
    const refresh = () => client.refreshTokenGrant(spa.config, tokens.refresh_token ?? '');
    expect(await passed(() => times(20, refresh))).toBeGreaterThan(1);

    const another = await Citizen.born(kapu, { enrolled: true });
    const account = await kapu.accounts.find(another.accountId);
    expect(account?.authenticators).toHaveLength(1);
    const browsers: Browser[] = [];
    for (let index = 0; index < 6; index += 1) {
      another.takesNewBrowser();
      await another.goesTo(portal, { acr_values: kapu.env.acrValues.substantial });
      await another.entersPassword();
      browsers.push(another.browser);
    }
    const code = another.code();
    await passed(() => Promise.allSettled(browsers.map((browser) => browser.submit('/code', { code }))));
    expect(browsers.filter((browser) => browser.hasForm('/consent')).length).toBeGreaterThan(1);
    await kapu.stop();
  });
});

function fulfilled(results: PromiseSettledResult<unknown>[]): number {
  return results.filter(({ status }) => status === 'fulfilled').length;
}

function times<T>(count: number, run: (index: number) => Promise<T>) {
  return Promise.allSettled(Array.from({ length: count }, (_, index) => run(index)));
}

async function registered(kapu: TestKapu, wanted: Parameters<TestKapu['registerClient']>[0]) {
  const answer = await kapu.registerClient(wanted);
  if (!answer.ok) throw new Error(`not registered: ${JSON.stringify(answer)}`);
  return answer;
}

/** A client assertion (RFC 7523 §3). */
function assertionOf(clientId: string, audience: string, key: KeyObject): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: clientId, sub: clientId, aud: audience, jti: 'once', iat: now, exp: now + 60 };
  const signed = `${part({ alg: 'ES256' })}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function racesOn(engine: EngineName): void {
  let redis: RedisServer | undefined;
  let kapu: TestKapu;
  let portal: Portal;

  /** Happens once, after a consent was read and before anything is made of it. */
  let whenRead: (() => Promise<void>) | undefined;
  const betweenReadAndGrant = (store: Store): Store => {
    async function happen(keys: readonly Key[]): Promise<void> {
      if (!keys.some(({ name }) => name.startsWith('consent:'))) return;
      const happening = whenRead;
      whenRead = undefined;
      await happening?.();
    }
    return {
      ...store,
      async get<T>(key: Key) {
        const entry = await store.get<T>(key);
        await happen([key]);
        return entry;
      },
      async getMany<T>(keys: readonly Key[]) {
        const entries = await store.getMany<T>(keys);
        await happen(keys);
        return entries;
      },
    };
  };

  // By the real clock, as another process has no other one.
  beforeAll(async () => {
    redis = engine === 'redis' ? await startRedis() : undefined;
    kapu = await startKapu({ ...(redis && { redisUrl: redis.url }), wrapStore: betweenReadAndGrant });
    portal = await Portal.join(kapu, { acr: 'low' });
  });
  afterAll(async () => {
    await kapu.stop();
    await redis?.stop();
  });

  it('20 × one authorization code: exactly one wins', async () => {
    const citizen = await Citizen.born(kapu);
    const visit = await citizen.goesTo(portal);
    await citizen.goesThrough();
    const callback = citizen.browser.page.left ?? '';
    expect(fulfilled(await times(20, () => visit.arrive(callback)))).toBe(1);
  });

  it('20 × one refresh token: exactly one wins', async () => {
    const citizen = await Citizen.born(kapu);
    const spa = await Portal.join(kapu, { acr: 'low', metadata: { token_endpoint_auth_method: 'none' } });
    const tokens = await citizen.logsIn(spa, { scope: 'openid offline_access', prompt: 'consent' });
    const refresh = () => client.refreshTokenGrant(spa.config, tokens.refresh_token ?? '');
    expect(fulfilled(await times(20, refresh))).toBe(1);
  });

  it.each([
    ['one portal', 1],
    ['eight portals', 8],
  ])('8 parallel single sign-ons of one browser at %s: all 8 codes are good', async (_, count) => {
    const portals = await Promise.all(Array.from({ length: count }, () => Portal.join(kapu, { acr: 'low' })));
    const citizen = await Citizen.born(kapu);
    for (const one of portals) await citizen.logsIn(one);
    citizen.takesNewBrowser();
    await citizen.logsIn(portal);
    const results = await times(8, async (index) => {
      const one = portals[index % portals.length] ?? portal;
      const visit = await one.visit();
      const { headers } = await citizen.browser.ask(visit.url);
      const tokens = await visit.arrive(String(headers.location));
      await client.fetchUserInfo(one.config, tokens.access_token, tokens.claims()?.sub ?? '');
    });
    expect(fulfilled(results)).toBe(8);
  });

  it('a consent withdrawn while a login of that portal has just read it: no grant comes of it', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.logsIn(portal);
    citizen.takesNewBrowser();
    await citizen.goesTo(portal);
    await citizen.choosesMethod('password');
    // Somebody else's request, not a part of this one.
    whenRead = AsyncResource.bind(async () => {
      await kapu.consents.withdraw(citizen.accountId, portal.clientId, {
        kind: 'consent-withdrawn',
        at: Date.now(),
      });
      await kapu.sessionEnding.endGrantsOf(citizen.accountId, portal.clientId);
    });
    await citizen.entersPassword();
    expect(whenRead).toBeUndefined();
    expect([citizen.browser.page.status, citizen.browser.page.left]).toEqual([400, undefined]);
    expect(await kapu.storage.grants.of(citizen.accountId)).toEqual([]);
    await citizen.goesTo(portal);
    expect(citizen.browser.hasForm('/consent')).toBe(true);
    await citizen.consents();
    expect(citizen.browser.page.left).toContain('code=');
  });

  it('a logout against authorization requests in flight: the session stays dead', async () => {
    for (let round = 0; round < 5; round += 1) {
      const citizen = await Citizen.born(kapu);
      await citizen.logsIn(portal);
      await citizen.browser.open('/logout');
      const inFlight = times(6, async () => citizen.browser.ask((await portal.visit()).url));
      const logout = citizen.browser.send('/session/end/confirm', { logout: 'yes' });
      await Promise.all([inFlight, logout]);
      await citizen.browser.open('/account');
      expect(citizen.browser.page.path).toContain('/interaction/');
    }
  });

  it('20 × one client assertion: seen once', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { metadata } = await registered(kapu, {
      redirect_uris: ['https://portal.example.hu/callback'],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      // Through JSON, as it comes from a portal: jest's own realm would be another one.
      jwks: { keys: [JSON.parse(JSON.stringify(publicKey.export({ format: 'jwk' })))] },
    });
    const body = new URLSearchParams({
      client_id: metadata.client_id,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertionOf(metadata.client_id, kapu.issuer, privateKey),
      token: 'none',
    });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => fetch(`${kapu.issuer}/token/revocation`, { method: 'POST', body })),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('50 × one TOTP code over two server processes: exactly one passes', async () => {
    const second = await startProcess(sameService(kapu));
    const citizen = await Citizen.born(kapu, { enrolled: true });
    const browsers: Browser[] = [];
    for (let index = 0; index < 10; index += 1) {
      const { issuer } = index % 2 ? second : kapu;
      const browser = new Browser(issuer);
      const visit = await portal.visit({ acr_values: kapu.env.acrValues.substantial });
      await browser.open(visit.url.replace(kapu.issuer, issuer));
      await browser.submit('/password', { username: citizen.username, password: citizen.password });
      expect(browser.hasForm('/code')).toBe(true);
      browsers.push(browser);
    }
    const code = citizen.code();
    await Promise.all(
      browsers.flatMap((browser) => Array.from({ length: 5 }, () => browser.send('/code', { code }))),
    );
    for (const browser of browsers) await browser.open(browser.page.path);
    expect(browsers.filter((browser) => browser.hasForm('/consent'))).toHaveLength(1);
    expect(await second.end()).toBe(0);
  });
}
