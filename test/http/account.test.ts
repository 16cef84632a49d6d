/** What a person sees of their own account, and does about it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import { Citizen } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { describeWithRedis } from '../support/needs.ts';
import { Portal } from '../support/portal.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { releaseClock, SECONDS, stopClock, travel } from '../support/time.ts';

const OFFLINE = { scope: 'openid email offline_access', prompt: 'consent' };
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0';

describe('on the embedded engine', () => accountPages('embedded'));
describeWithRedis('on the redis engine', () => accountPages('redis'));

function accountPages(engine: 'embedded' | 'redis'): void {
  let redis: RedisServer | undefined;
  let kapu: TestKapu;
  let portal: Portal;

  beforeAll(async () => {
    stopClock();
    redis = engine === 'redis' ? await startRedis() : undefined;
    kapu = await startKapu(redis && { redisUrl: redis.url });
    portal = await Portal.join(kapu, { metadata: { 'client_name#en': 'Test Portal' } });
  });
  afterAll(async () => {
    await kapu.stop();
    await redis?.stop();
    releaseClock();
  });

  async function atHome(headers: Record<string, string> = { 'user-agent': CHROME }): Promise<Citizen> {
    const citizen = await Citizen.born(kapu, { headers });
    await citizen.comesHome();
    return citizen;
  }

  const refreshes = (token: string) =>
    client.refreshTokenGrant(portal.config, token).then(
      () => true,
      () => false,
    );

  describe('history', () => {
    it('tells what, when, at which portal, with which browser and from where, in the reader’s language', async () => {
      const citizen = await atHome();
      await citizen.logsIn(portal);
      await citizen.browser.open('/account/history?lang=en');
      const { text, page } = citizen.browser;
      for (const said of [
        'Login',
        'Test Portal',
        'Chrome, Windows',
        '127.0.0.1',
        'Data shared with a portal',
      ])
        expect(text).toContain(said);
      expect(page.html).not.toContain('Mozilla');
      await citizen.browser.open('/account/history?lang=hu');
      expect(citizen.browser.text).toContain('Teszt Portál');
    });

    it('tells a refused password as refused', async () => {
      const citizen = await Citizen.born(kapu);
      await citizen.browser.open('/account');
      await citizen.choosesMethod('password');
      await citizen.entersPassword('nem ez az');
      await citizen.entersPassword();
      await kapu.drain();
      await citizen.browser.open('/account/history?lang=en');
      expect(citizen.browser.text).toMatch(/Wrong password.*we did not allow it/);
    });

    it('goes back page by page to the first event, and a made-up cursor shows nothing', async () => {
      const citizen = await atHome();
      for (let day = 0; day < 45; day += 1) {
        travel(1 * SECONDS);
        await kapu.history.append(citizen.accountId, { kind: 'logout', at: Date.now() });
      }
      const { browser } = citizen;
      await browser.open('/account/history?lang=en');
      const pages = [browser.page.html];
      for (let older = olderOn(browser.page.html); older; older = olderOn(browser.page.html)) {
        await browser.open(older);
        pages.push(browser.page.html);
      }
      const shown = pages.flatMap((html) => [...html.matchAll(/<li[^>]*>\s*<h2>/g)]);
      expect(pages).toHaveLength(3);
      expect(shown).toHaveLength((await kapu.history.of(citizen.accountId, 100)).length);
      expect(pages.at(-1)).toContain('The account was created');
      for (const before of ['x', '', '9'.repeat(500), '../..', '0-0']) {
        const { status } = await browser.open(`/account/history?${new URLSearchParams({ before })}`);
        expect(status).toBe(200);
        expect(browser.text).toContain('There are no more events here');
      }
    });

    it('"it was not me" ends all sessions, this one included', async () => {
      const citizen = await atHome();
      const first = citizen.browser;
      citizen.takesNewBrowser();
      const tokens = await citizen.logsIn(portal, OFFLINE);
      await citizen.browser.open('/account/history');
      await citizen.browser.submit('/not-me');
      expect(citizen.browser.hasForm('/password')).toBe(true);
      expect((await first.open('/account')).path).not.toBe('/account');
      expect(await refreshes(String(tokens.refresh_token))).toBe(false);
      const [newest] = await kapu.history.of(citizen.accountId, 1);
      expect(newest).toMatchObject({ kind: 'all-sessions-ended', address: '127.0.0.1' });
    });
  });

  describe('sessions', () => {
    it('shows each browser in plain words with its portals, and marks this one', async () => {
      const citizen = await atHome();
      citizen.takesNewBrowser({ 'user-agent': FIREFOX });
      await citizen.logsIn(portal);
      await kapu.drain();
      await citizen.browser.open('/account/sessions?lang=en');
      const [own = '', others = ''] = citizen.browser.text.split('Other browsers');
      expect(own).toMatch(/This browser.*Firefox, Linux.*Test Portal/);
      expect(others).toMatch(/Chrome, Windows.*127\.0\.0\.1.*none/);
    });

    it('ends one and leaves the others', async () => {
      const citizen = await atHome();
      const first = citizen.browser;
      citizen.takesNewBrowser();
      await citizen.comesHome();
      await citizen.browser.open('/account/sessions?lang=en');
      await citizen.browser.submit('/end');
      expect(citizen.browser.text).toContain('You are logged out there.');
      expect((await first.open('/account')).path).not.toBe('/account');
      expect((await citizen.browser.open('/account')).path).toBe('/account');
    });

    it('ends all others', async () => {
      const citizen = await atHome();
      const first = citizen.browser;
      citizen.takesNewBrowser();
      await citizen.comesHome();
      await citizen.browser.open('/account/sessions?lang=en');
      await citizen.browser.submit('/end-others');
      expect(citizen.browser.text).toContain('You are not logged in anywhere else');
      expect((await first.open('/account')).path).not.toBe('/account');
    });

    it('nobody ends the session of somebody else', async () => {
      const victim = await atHome();
      const [target] = await kapu.storage.sessions.of(victim.accountId);
      const attacker = await atHome();
      attacker.takesNewBrowser();
      await attacker.comesHome();
      await attacker.browser.open('/account/sessions');
      await attacker.browser.submit('/end', { session: String(target?.uid) });
      expect(await kapu.storage.sessions.of(victim.accountId)).toHaveLength(1);
    });
  });

  describe('portals', () => {
    it('shows what a portal gets and since when, and a withdrawal ends its tokens and asks anew', async () => {
      const citizen = await atHome();
      const tokens = await citizen.logsIn(portal, OFFLINE);
      await citizen.browser.open('/account/portals?lang=en');
      expect(citizen.browser.text).toMatch(/Test Portal.*Email address.*Access while you are away/);
      await citizen.browser.submit('/withdraw');
      expect(citizen.browser.text).toContain('You have withdrawn the permission');
      expect(citizen.browser.text).toContain('You have not shared data with any portal yet');
      expect(await refreshes(String(tokens.refresh_token))).toBe(false);
      const [newest] = await kapu.history.of(citizen.accountId, 1);
      expect(newest).toMatchObject({ kind: 'consent-withdrawn', clientId: portal.clientId });
      await citizen.goesTo(portal);
      expect(citizen.browser.hasForm('/consent')).toBe(true);
    });

    it('keeps the day of the first permission', async () => {
      const citizen = await atHome();
      await citizen.logsIn(portal);
      const [first] = await kapu.consents.of(citizen.accountId);
      travel(90 * SECONDS);
      await citizen.logsIn(portal, OFFLINE);
      const [later] = await kapu.consents.of(citizen.accountId);
      expect(later).toMatchObject({
        givenAt: first?.givenAt,
        scopes: expect.arrayContaining(['offline_access']),
      });
    });
  });
}

function olderOn(html: string): string | undefined {
  return /href="([^"]+)">Older events/.exec(html)?.[1];
}
