/** The desk in a real browser: a lost second factor, removed by two members of staff, on a phone and at a desk. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import type { Role } from '../../provider/core/account.ts';
import { DESKTOP, faultsOf, follow, PHONE, press, startChromium } from '../support/chromium.ts';
import { Citizen } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { linkIn, mailTo } from '../support/mail.ts';
import { describeInBrowser } from '../support/needs.ts';

describeInBrowser('in a real browser', () => {
  let kapu: TestKapu;
  let chromium: Browser;

  beforeAll(async () => {
    kapu = await startKapu();
    chromium = await startChromium();
  });
  afterAll(async () => {
    await chromium?.close();
    await kapu?.stop();
  });

  const staff = (role: Role) => Citizen.staff(kapu, role);

  const journeys = [
    { language: 'hu', size: PHONE },
    { language: 'en', size: DESKTOP },
  ] as const;

  it.each(journeys)(
    'two operators remove a lost device, and its owner stops them ($language, $size.width px)',
    async ({ language, size }) => {
      const citizen = await Citizen.born(kapu, { enrolled: true });

      async function looksGood(page: Page): Promise<void> {
        expect(await page.locator('h1').count()).toBe(1);
        expect(await faultsOf(page)).toEqual([]);
      }

      async function atDesk(): Promise<Page> {
        const operator = await staff('operator');
        const page = await (await chromium.newContext({ viewport: size })).newPage();
        await page.goto(`${kapu.issuer}/admin/accounts?lang=${language}`);
        await page.fill('input[name=username]', operator.username);
        await page.fill('input[name=password]', operator.password);
        await press(page, '/password');
        await page.fill('input[name=code]', operator.code());
        await press(page, '/code');
        await page.waitForURL(/\/admin\/accounts/);
        await page.goto(`${kapu.issuer}/admin/accounts?lang=${language}`);
        return page;
      }

      const first = await atDesk();
      await looksGood(first);
      await first.fill('input[name=q]', citizen.username);
      await press(first, '/admin/accounts');
      await looksGood(first);
      await follow(first, `a[href$="${citizen.accountId}"]`);
      await first.click('summary:has(~ form[action$="/reset"])');
      await press(first, '/reset');
      await looksGood(first);
      await first.check('#document-passport');
      await first.fill('input[name=ending]', 'AB12');
      await press(first, '/reset');
      expect(await first.locator('form[action$="/reset-confirm"]').count()).toBe(0);
      await looksGood(first);

      const second = await atDesk();
      await follow(second, `a[href$="${citizen.accountId}"]`);
      await looksGood(second);
      await press(second, '/reset-confirm');
      await looksGood(second);
      await follow(second, 'a[href$="/history"]');
      await looksGood(second);

      const mail = linkIn(await mailTo(kapu, citizen.username), '/object');
      const owner = await (await chromium.newContext({ viewport: size })).newPage();
      await owner.goto(mail);
      await looksGood(owner);
      await press(owner, new URL(mail).pathname);
      await looksGood(owner);
      expect((await kapu.accounts.find(citizen.accountId))?.factorReset).toBeUndefined();
    },
  );
});
