/** The main job in a real browser: portal, enrolment with a phone, back at the portal; with and without JavaScript. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import jsQR from 'jsqr';
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { type DemoPortal, SCOPE, startDemoPortal } from '../../scripts/demo-portal.ts';
import { DESKTOP, faultsOf, follow, PHONE, press, startChromium } from '../support/chromium.ts';
import { Citizen } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { describeInBrowser } from '../support/needs.ts';
import { MINUTES, releaseClock, stopClock, travel } from '../support/time.ts';

describeInBrowser('in a real browser', () => {
  let kapu: TestKapu;
  let portal: DemoPortal;
  let chromium: Browser;

  beforeAll(async () => {
    kapu = await startKapu();
    const client_secret = 'the demo portal of a test, on loopback only';
    portal = await startDemoPortal({
      issuer: kapu.issuer,
      port: 0,
      clientId: 'demo-portal',
      clientSecret: client_secret,
      acrValues: kapu.env.acrValues,
    });
    const registered = await kapu.registerClient({
      client_id: 'demo-portal',
      client_secret,
      client_name: 'Minta portál',
      redirect_uris: [`${portal.url}/callback`],
      post_logout_redirect_uris: [`${portal.url}/logged-out`],
      scope: SCOPE,
      default_acr_values: [kapu.env.acrValues.low],
    });
    expect(registered).toMatchObject({ ok: true });
    chromium = await startChromium();
  });
  afterAll(async () => {
    await chromium?.close();
    await portal?.stop();
    await kapu?.stop();
  });

  const journeys = [
    { language: 'hu', size: PHONE, javaScriptEnabled: true },
    { language: 'en', size: DESKTOP, javaScriptEnabled: true },
    { language: 'en', size: PHONE, javaScriptEnabled: false },
  ] as const;

  it.each(journeys)(
    'enrols on the way to the portal, comes back with a code, and logs out ($language, $size.width px, JavaScript $javaScriptEnabled)',
    async ({ language, size, javaScriptEnabled }) => {
      const citizen = await Citizen.born(kapu);
      const open = () =>
        chromium.newContext({
          viewport: size,
          javaScriptEnabled,
          locale: language === 'hu' ? 'hu-HU' : 'en-GB',
        });
      const first = await open();
      const page = await first.newPage();
      const looksGood = async (page: Page) => {
        expect(await page.locator('html').getAttribute('lang')).toBe(language);
        expect(await page.locator('h1').count()).toBe(1);
        if (javaScriptEnabled) expect(await faultsOf(page)).toEqual([]);
      };

      await toLogin(page, portal, 'substantial');
      await looksGood(page);
      await logIn(page, citizen);
      await looksGood(page);
      await press(page, '/enrol');
      await looksGood(page);
      const secret = await readQrCode(page);
      await page.fill('input[name=password]', citizen.password);
      await page.fill('input[name=code]', oathtool(secret));
      await press(page, '/pair');
      await looksGood(page);
      await press(page, '/deletion-code');
      expect(await page.locator('#saved-error').count()).toBe(1);
      await looksGood(page);
      await page.check('input[name=saved]');
      await press(page, '/deletion-code');
      await looksGood(page);
      await press(page, '/enrolled');
      await looksGood(page);
      await press(page, '/consent');
      expect(page.url()).toContain(portal.url);
      expect(await page.textContent('body')).toContain(kapu.env.acrValues.substantial);
      await logOut(page, portal);
      await first.close();

      const again = await (await open()).newPage();
      await comesBack(again, citizen, secret, looksGood);
      if (javaScriptEnabled) await looksAround(again, looksGood);
      await logOut(again, portal);
      await again.context().close();
    },
  );

  /** The second visit, in another browser, with password and code. */
  async function comesBack(
    page: Page,
    citizen: Citizen,
    secret: string,
    looksGood: (page: Page) => Promise<void>,
  ): Promise<void> {
    await toLogin(page, portal, 'substantial');
    await logIn(page, citizen);
    await looksGood(page);
    await page.fill('input[name=code]', '000000');
    await press(page, '/code');
    await looksGood(page);
    await page.fill('input[name=code]', oathtool(secret, 30));
    await press(page, '/code');
    expect(page.url()).toContain(portal.url);
    expect(await page.textContent('body')).toContain(kapu.env.acrValues.substantial);
  }

  /** The owner's own pages; without scripts they are those that the tests over HTTP read. */
  async function looksAround(page: Page, looksGood: (page: Page) => Promise<void>): Promise<void> {
    for (const path of [
      '/account',
      '/account/registration',
      '/account/registration/email',
      '/account/close',
      '/account/plus',
      '/account/history',
      '/account/sessions',
      '/account/portals',
      '/logout',
    ]) {
      await page.goto(kapu.issuer + path);
      await looksGood(page);
    }
  }

  const owners = [
    { language: 'hu-HU', size: PHONE, javaScriptEnabled: true },
    { language: 'en-GB', size: DESKTOP, javaScriptEnabled: false },
  ] as const;

  it.each(owners)(
    'moves to a new phone, loses it, and comes back with the deletion code ($language, JavaScript $javaScriptEnabled)',
    async ({ language, size, javaScriptEnabled }) => {
      const citizen = await Citizen.born(kapu);
      await citizen.comesHome('/account/plus');
      const context = await chromium.newContext({ viewport: size, javaScriptEnabled, locale: language });
      const page = await context.newPage();
      const faults: string[] = [];
      const looksGood = async () => {
        if (javaScriptEnabled) faults.push(...(await faultsOf(page)));
      };
      const pairs = async (): Promise<string> => {
        const secret = await readQrCode(page);
        await looksGood();
        await page.fill('input[name=password]', citizen.password);
        await page.fill('input[name=code]', oathtool(secret));
        await press(page, '/pair');
        return secret;
      };
      const keepsCode = async (): Promise<string> => {
        const code = await page.textContent('#deletion-code');
        await looksGood();
        await page.check('input[name=saved]');
        await press(page, '/deletion-code');
        await looksGood();
        await press(page, '/enrolled');
        return code ?? '';
      };

      await page.goto(`${kapu.issuer}/account/plus`);
      await logIn(page, citizen);
      await page.fill('input[name=code]', oathtool(citizen.secret ?? '', 30));
      await press(page, '/code');
      for (const summary of await page.locator('summary').all()) await summary.click();
      await looksGood();
      await follow(page, 'a[href*="prompt=device_change"]');
      await pairs();
      const code = await keepsCode();
      expect(new URL(page.url()).pathname).toBe('/account/plus');
      expect(await page.locator('.note-good[role=status]').count()).toBe(1);
      await context.clearCookies();

      await toLogin(page, portal, 'substantial');
      await logIn(page, citizen);
      await follow(page, 'a[href*="lost-device"]');
      await looksGood();
      await page.fill('input[name=deletion_code]', 'AAAA');
      await press(page, '/lost-device');
      await looksGood();
      await page.fill('input[name=deletion_code]', code.toLowerCase());
      await press(page, '/lost-device');
      await press(page, '/enrol');
      await pairs();
      await keepsCode();
      await press(page, '/consent');
      expect(await page.textContent('body')).toContain(kapu.env.acrValues.substantial);
      expect(faults).toEqual([]);
      await context.close();
    },
  );

  it.each(['hu', 'en'])('axe finds nothing on any other page, in %s, phone and desktop', async (language) => {
    const citizen = await Citizen.born(kapu);
    const context = await chromium.newContext({ viewport: PHONE });
    const page = await context.newPage();
    const faults: string[] = [];
    const audit = async () => {
      expect(await page.locator('html').getAttribute('lang')).toBe(language);
      faults.push(...(await faultsOf(page)).map((fault) => `${page.url()} ${fault}`));
    };
    for (const path of [
      '/',
      '/help',
      '/accessibility',
      '/imprint',
      '/contact',
      '/developers',
      '/developers/try',
      '/logged-out',
      '/account-closing',
      '/reopen/unknown',
      '/reopened',
      '/nothing',
      '/auth?client_id=nobody',
      '/interaction/unknown',
    ]) {
      await page.goto(`${kapu.issuer}${path}${path.includes('?') ? '&' : '?'}lang=${language}`);
      await audit();
    }
    await page.goto(`${kapu.issuer}/account`);
    await audit();
    await follow(page, 'button[value=password]');
    await page.fill('input[name=username]', citizen.username);
    await page.fill('input[name=password]', 'wrong');
    await press(page, '/password');
    await audit();
    await page.fill('input[name=password]', citizen.password);
    await press(page, '/password');
    await audit();
    await page.goto(`${kapu.issuer}/logout`);
    await audit();
    await context.close();
    expect(faults).toEqual([]);
  });

  it('the small scripts do their work: show password, focus on the summary of errors', async () => {
    const context = await chromium.newContext({ viewport: PHONE, locale: 'hu-HU' });
    const page = await context.newPage();
    await page.goto(`${kapu.issuer}/account/plus`);
    await page.fill('input[name=password]', 'titok');
    await page.click('button[aria-pressed]');
    expect(await page.getAttribute('input[name=password]', 'type')).toBe('text');
    await press(page, '/password');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert');
    await context.close();
  });

  it('two minutes before the session ends it says so; one click stays; after the end the login says why and leads back', async () => {
    stopClock();
    try {
      const context = await chromium.newContext({ viewport: PHONE, locale: 'hu-HU' });
      const page = await context.newPage();
      await page.clock.install();
      /** The server's clock and the page's go on together. */
      const pass = async (milliseconds: number) => {
        travel(milliseconds);
        await page.clock.fastForward(milliseconds);
      };
      const citizen = await Citizen.born(kapu);
      await page.goto(`${kapu.issuer}/account/portals`);
      await follow(page, 'button[value=password]');
      await logIn(page, citizen);
      // From then on the page counts: a script that came later would count from a later time.
      await page.waitForURL('**/account/portals', { waitUntil: 'load' });
      const warning = page.locator('[data-ending=idle]');

      await pass(27 * MINUTES);
      expect(await warning.isVisible()).toBe(false);
      await pass(1.5 * MINUTES);
      await warning.waitFor({ state: 'visible' });
      expect(await faultsOf(page)).toEqual([]);
      await warning.locator('button').click();
      await warning.waitFor({ state: 'hidden' });

      await pass(28.5 * MINUTES);
      await warning.waitFor({ state: 'visible' });
      await pass(2 * MINUTES);
      await page.waitForURL(/\/interaction\//);
      expect(await page.textContent('main')).toContain('Közben véget ért a bejelentkezése');
      await logIn(page, citizen);
      expect(new URL(page.url()).pathname).toBe('/account/portals');
      await context.close();
    } finally {
      releaseClock();
    }
  });
});

async function toLogin(page: Page, portal: DemoPortal, level: 'low' | 'substantial'): Promise<void> {
  await page.goto(portal.url);
  const button = page.locator('main a, main button').nth(level === 'low' ? 0 : 1);
  await Promise.all([page.waitForEvent('load'), button.click()]);
}

async function logIn(page: Page, citizen: Citizen): Promise<void> {
  await page.fill('input[name=username]', citizen.username);
  await page.fill('input[name=password]', citizen.password);
  await press(page, '/password');
}

/** The portal shows whose session it is, so nobody is asked: with scripts it goes by itself, else a button leads on. */
async function logOut(page: Page, portal: DemoPortal): Promise<void> {
  await page.goto(`${portal.url}/`);
  await page.locator('form[action*="logout"] button, a[href*="logout"]').first().click();
  const there = page.waitForURL(`${portal.url}/logged-out**`);
  const button = page.locator('form[action$="/session/end/confirm"] button[type=submit]').first();
  await Promise.race([there, button.click().catch(() => undefined)]);
  await there;
}

/** Photographs the QR code as a phone would, and reads it with a reader that knows nothing of us. */
async function readQrCode(page: Page): Promise<string> {
  const photo = PNG.sync.read(await page.locator('img[src^="data:image/"]').screenshot());
  const read = jsQR.default(Uint8ClampedArray.from(photo.data), photo.width, photo.height);
  return new URL(read?.data ?? '').searchParams.get('secret') ?? '';
}

function oathtool(secret: string, secondsAhead = 0): string {
  const now = new Date(Date.now() + secondsAhead * 1000).toISOString();
  return execFileSync('oathtool', ['--totp', '--base32', '--now', now, secret], { encoding: 'utf8' }).trim();
}
