/**
 * Clients that nobody here wrote, end to end: Apache's mod_auth_openidc and Python's Authlib; and beside them the
 * examples in TypeScript. One suite for all, since a portal's developer expects the same of each.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Browser } from '../support/browser.ts';
import { Citizen } from '../support/citizen.ts';
import {
  type ForeignPortal,
  startApache,
  startAuthlib,
  startFapi,
  startOpenidClient,
} from '../support/foreign.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { describeWithApache, describeWithAuthlib } from '../support/needs.ts';

const SUBSTANTIAL = 'http://eidas.europa.eu/LoA/substantial';

/** What the portal knows of who is there. */
interface Known {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly person: Readonly<Record<string, unknown>>;
}

interface Ways {
  readonly start: (kapu: TestKapu) => Promise<ForeignPortal>;
  /** A page that only somebody who is logged in sees; others are sent to the provider. */
  readonly privatePath: string;
  readonly logoutPath: (portalUrl: string) => string;
  readonly byePath: string;
  known(browser: Browser): Promise<Known>;
  /** Has the tokens refreshed and answers whether that worked. */
  refresh(browser: Browser): Promise<boolean>;
}

const apache: Ways = {
  start: startApache,
  privatePath: '/private/',
  logoutPath: (url) => `/oidc?${new URLSearchParams({ logout: `${url}/bye.html` })}`,
  byePath: '/bye.html',
  async known(browser) {
    const { id_token: claims, userinfo: person } = await infoOf(browser);
    return { claims, person };
  },
  async refresh(browser) {
    const before = await infoOf(browser);
    const words = new URLSearchParams({ refresh: '/private/', access_token: before.access_token });
    await browser.open(`/oidc?${words}`);
    const after = await infoOf(browser);
    return browser.page.status === 200 && after.access_token !== before.access_token;
  },
};

interface Info {
  readonly access_token: string;
  readonly id_token: Known['claims'];
  readonly userinfo: Known['person'];
}

/** mod_auth_openidc tells about its session at an address of its own. */
async function infoOf(browser: Browser): Promise<Info> {
  await browser.open('/oidc?info=json');
  return JSON.parse(browser.page.html);
}

/** The examples that are programs have the same addresses and show what they know as JSON. */
const program: Omit<Ways, 'start'> = {
  privatePath: '/login',
  logoutPath: () => '/logout',
  byePath: '/bye',
  async known(browser) {
    await browser.open('/');
    return JSON.parse(/\{.*\}/s.exec(browser.text)?.[0] ?? '{}');
  },
  async refresh(browser) {
    await browser.open('/refresh');
    return browser.page.status === 200 && /"refreshed_at": \d/.test(browser.text);
  },
};

function endToEnd(ways: Ways): () => void {
  return () => {
    let kapu: TestKapu;
    let portal: ForeignPortal;
    beforeAll(async () => {
      kapu = await startKapu();
      portal = await ways.start(kapu);
    });
    afterAll(async () => {
      await portal.stop();
      await kapu.stop();
    });

    /** A person in front of both, logged in with password and code. */
    async function loggedIn() {
      const citizen = await Citizen.born(kapu, { enrolled: true });
      const there = new Browser(portal.url);
      await there.open(ways.privatePath);
      await citizen.browser.open(String(there.page.left));
      await citizen.goesThrough();
      await there.open(String(citizen.browser.page.left));
      expect(there.page.status).toBe(200);
      return { citizen, there };
    }

    async function isOut(there: Browser): Promise<boolean> {
      await there.open(ways.privatePath);
      return there.page.left?.startsWith(kapu.issuer) ?? false;
    }

    it('login with password and code: level, claims and userinfo arrive', async () => {
      const { citizen, there } = await loggedIn();
      const { claims, person } = await ways.known(there);
      expect(claims).toMatchObject({ iss: kapu.issuer, acr: SUBSTANTIAL, amr: ['pwd', 'otp', 'mfa'] });
      expect(claims.sub).not.toBe(citizen.accountId);
      expect(person).toMatchObject({
        sub: claims.sub,
        name: 'Kovács Anna',
        email: `${citizen.username}@example.hu`,
      });
    });

    it('refresh', async () => {
      const { there } = await loggedIn();
      expect(await ways.refresh(there)).toBe(true);
      expect(await ways.known(there)).toMatchObject({ person: { name: 'Kovács Anna' } });
    });

    it('logout from the portal ends the session here, and the person is back at the portal', async () => {
      const { citizen, there } = await loggedIn();
      await there.open(ways.logoutPath(portal.url));
      await citizen.browser.open(String(there.page.left));
      if (citizen.browser.hasForm('/session/end/confirm'))
        await citizen.browser.submit('/session/end/confirm', { logout: 'yes' });
      expect(citizen.browser.page.left).toBe(portal.url + ways.byePath);
      await there.open(String(citizen.browser.page.left));
      expect(there.page.status).toBe(200);
      await citizen.browser.open('/account');
      expect(citizen.browser.hasForm('/password') || citizen.browser.hasForm('/method')).toBe(true);
    });

    it('back-channel logout: a session that ends here ends at the portal, and only that one', async () => {
      const [one, other] = [await loggedIn(), await loggedIn()];
      await kapu.sessionEnding.endAll(one.citizen.accountId);
      await kapu.drain();
      expect(await isOut(one.there)).toBe(true);
      expect(await ways.known(other.there)).toMatchObject({ person: { name: 'Kovács Anna' } });
    });
  };
}

describeWithApache('Apache, mod_auth_openidc', endToEnd(apache));
describeWithAuthlib('Python, Authlib', endToEnd({ ...program, start: startAuthlib }));
describe('TypeScript, openid-client', endToEnd({ ...program, start: startOpenidClient }));
describe('TypeScript, FAPI 2.0: private_key_jwt, PAR and DPoP', endToEnd({ ...program, start: startFapi }));
