/** In a real browser: from the activation mail to the offer of enrolment, and from a forgotten password back to the portal. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { faultsOf, follow, startChromium } from '../support/chromium.ts';
import { Citizen } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { linkIn, mailTo } from '../support/mail.ts';
import { describeInBrowser } from '../support/needs.ts';
import { Portal } from '../support/portal.ts';

const NEW_PASSWORD = 'új jelszó három fa';

describeInBrowser('passwords in a real browser', () => {
  let kapu: TestKapu;
  let portal: Portal;
  let chromium: Browser;

  beforeAll(async () => {
    kapu = await startKapu({ variables: { PASSWORD_MIN_LENGTH: '8' } });
    portal = await Portal.join(kapu);
    chromium = await startChromium();
  });
  afterAll(async () => {
    await chromium?.close();
    await kapu?.stop();
  });

  async function looksGood(page: Page): Promise<void> {
    expect(await faultsOf(page)).toEqual([]);
  }
  const send = (page: Page) => follow(page, 'main form button[type=submit]');

  it('an activation link leads to a password, and that to the enrolment', async () => {
    const page = await (await chromium.newContext({ locale: 'hu-HU' })).newPage();
    const email = 'ilona@example.hu';
    await kapu.registerAccount({ username: 'ilona', email }, { by: COMMAND_LINE });
    await page.goto(linkIn(await mailTo(kapu, email), '/activation'));
    await looksGood(page);
    await page.fill('#new_password', 'Szeretlek1');
    await send(page);
    expect(await page.locator('#new_password-error').textContent()).toContain('könnyű kitalálni');
    expect(await page.locator('#new_password').inputValue()).toBe('');
    await looksGood(page);
    await page.fill('#new_password', NEW_PASSWORD);
    await page.click('[aria-controls=new_password]');
    expect(await page.locator('#new_password').getAttribute('type')).toBe('text');
    await send(page);
    await looksGood(page);
    await follow(page, 'main a.button');
    await page.fill('#username', 'ilona');
    await page.fill('#password', NEW_PASSWORD);
    await send(page);
    expect(await page.locator('form[action$="/enrol"]').count()).toBe(1);
  });

  it('a forgotten password, on the way to a portal and back to it', async () => {
    const page = await (await chromium.newContext({ locale: 'hu-HU' })).newPage();
    const citizen = await Citizen.born(kapu);
    const email = `${citizen.username}@example.hu`;
    await page.goto((await portal.visit()).url);
    await follow(page, 'button[value=password]');
    await follow(page, 'a[href^="/forgotten-password"]');
    await looksGood(page);
    await page.fill('#username', citizen.username);
    await page.fill('#email', email);
    await send(page);
    await looksGood(page);
    await page.goto(linkIn(await mailTo(kapu, email, '/forgotten-password/'), '/forgotten-password'));
    await looksGood(page);
    await page.fill('#new_password', NEW_PASSWORD);
    await send(page);
    await looksGood(page);
    await follow(page, 'main a.button');
    await page.fill('#username', citizen.username);
    await page.fill('#password', NEW_PASSWORD);
    await send(page);
    const atPortal = page.waitForRequest(/^https:\/\/portal\.example\.hu\//);
    await page.click('form[action$="/consent"] button[type=submit]');
    expect((await atPortal).url()).toContain('code=');
  });
});
