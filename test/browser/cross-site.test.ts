/** Requests by POST from another site, and answers by form, in a real browser with its own idea of SameSite. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { faultsOf, follow, press, startChromium } from '../support/chromium.ts';
import { Citizen } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { describeInBrowser } from '../support/needs.ts';
import { Software } from '../support/software.ts';

describeInBrowser('from another site', () => {
  let kapu: TestKapu;
  let rp: Software;
  let chromium: Browser;
  let portal: Server;

  beforeAll(async () => {
    kapu = await startKapu();
    rp = await Software.join(kapu);
    portal = createServer((_request, response) => {
      const fields = Object.entries(rp.request({ response_mode: 'form_post' }));
      const inputs = fields.map(([name, value]) => `<input name="${name}" value="${value}">`).join('');
      response.setHeader('content-type', 'text/html');
      response.end(
        `<form method="post" action="${kapu.issuer}/auth">${inputs}<button>Log in</button></form>`,
      );
    }).listen(0, '127.0.0.1');
    await once(portal, 'listening');
    chromium = await startChromium();
  });
  afterAll(async () => {
    await chromium?.close();
    portal?.close();
    await kapu?.stop();
  });

  it.each([true, false])(
    'a POST to /auth finds the session, and the answer is posted to the portal (JavaScript %s)',
    async (javaScriptEnabled) => {
      const citizen = await Citizen.born(kapu);
      const context = await chromium.newContext({ javaScriptEnabled });
      const page = await context.newPage();
      const brought: URLSearchParams[] = [];
      await page.route(`${rp.redirectUri}*`, (route) => {
        brought.push(new URLSearchParams(route.request().postData() ?? ''));
        return route.fulfill({ body: 'the portal' });
      });
      const visits = async () => {
        await page.goto(`http://127.0.0.1:${(portal.address() as AddressInfo).port}/`);
        await follow(page, 'button');
      };
      const sendsOn = async () => {
        if (javaScriptEnabled) return page.waitForURL(rp.redirectUri);
        expect(await page.locator('h1').count()).toBe(1);
        await page.click('form[data-send-on] button');
      };

      await visits();
      await follow(page, '[value=password]');
      await page.fill('input[name=username]', citizen.username);
      await page.fill('input[name=password]', citizen.password);
      await press(page, '/password');
      await press(page, '/consent');
      await sendsOn();
      await visits();
      await sendsOn();

      expect(brought.map((one) => one.has('code'))).toEqual([true, true]);
      await context.close();
    },
  );

  it('the page that sends on is accessible', async () => {
    const context = await chromium.newContext();
    const page = await context.newPage();
    await page.route('**/kapu.js', (route) => route.fulfill({ body: '' }));
    await page.goto(kapu.issuer + rp.href({ response_mode: 'form_post', prompt: 'none' }));
    expect(await page.locator('form[data-send-on]').count()).toBe(1);
    expect(await faultsOf(page)).toEqual([]);
    await context.close();
  });
});
