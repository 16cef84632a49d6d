/** The console in a real browser: a new admin from the activation link to a working client; a developer from nothing to a login. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { generateSync } from 'otplib';
import type { Browser, Page } from 'playwright-core';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { DESKTOP, faultsOf, follow, PHONE, press, startChromium } from '../support/chromium.ts';
import { Citizen, PASSWORD } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { describeInBrowser } from '../support/needs.ts';
import { Portal } from '../support/portal.ts';

describeInBrowser('the console', () => {
  let kapu: TestKapu;
  let chromium: Browser;
  /** The portal under construction, on the developer's own machine. */
  const ownMachine = createServer((_request, response) => response.end('arrived'));

  beforeAll(async () => {
    kapu = await startKapu();
    chromium = await startChromium();
  });
  afterAll(async () => {
    ownMachine.close();
    await chromium?.close();
    await kapu?.stop();
  });

  const opened = async (locale: string, viewport: typeof PHONE) =>
    (await chromium.newContext({ locale, viewport })).newPage();

  it('takes a new admin from the activation link to a client that logs a citizen in', async () => {
    const link = await activationOf('ujadmin');
    const page = await opened('hu-HU', PHONE);
    await page.goto(link);
    await page.fill('input[name=new_password]', PASSWORD);
    await follow(page, 'main form button[type=submit]');
    await page.goto(`${kapu.issuer}/admin/new-client`);
    await logIn(page, 'ujadmin');
    await enrol(page);
    await page.waitForURL('**/admin/new-client');
    await looksGood(page);
    await follow(page, 'a[href$="/new-client/web"]');
    await looksGood(page);
    await page.fill('#name_hu', 'Új portál');
    await page.fill('#name_en', 'New portal');
    await page.fill('#redirect_uris', 'http://portal.example.hu/callback');
    await press(page, '/web');
    expect(await page.locator('#redirect_uris-error').count()).toBe(1);
    await looksGood(page);
    await page.fill('#redirect_uris', 'https://portal.example.hu/callback');
    await page.check('#scope_email');
    await press(page, '/web');
    const portal = await registered(page);
    await looksGood(page);
    for (const path of ['/admin/clients', `/admin/clients/${portal.clientId}`, '/admin/tokens']) {
      await page.goto(kapu.issuer + path);
      await looksGood(page);
    }
    const citizen = await Citizen.born(kapu, { enrolled: true });
    await expect(citizen.logsIn(portal)).resolves.toMatchObject({ token_type: 'bearer' });
  });

  it("takes a portal's developer from nothing to a working login the same day", async () => {
    const developer = await Citizen.born(kapu, { enrolled: true });
    const page = await opened('en-GB', DESKTOP);
    const redirect_uri = `http://localhost:${await listening()}/callback`;
    await page.goto(`${kapu.issuer}/developers`);
    await follow(page, 'a[href="/account/clients"]');
    await logIn(page, developer.username);
    await page.fill('input[name=code]', developer.code());
    await press(page, '/code');
    await looksGood(page);
    await follow(page, 'a[href$="/new-client/web"]');
    await page.fill('#name_hu', 'Próba');
    await page.fill('#name_en', 'Trial');
    await page.fill('#redirect_uris', redirect_uri);
    await press(page, '/web');
    const portal = await registered(page);
    await follow(page, 'main a.button');
    await looksGood(page);

    const visit = await portal.visit({ redirect_uri, scope: 'openid profile' });
    await page.goto(visit.url);
    await press(page, '/consent');
    await page.waitForURL(`${redirect_uri}**`);
    await expect(visit.arrive(page.url())).resolves.toMatchObject({ token_type: 'bearer' });
  });

  it.each(['hu', 'en'])('is good to look at on every page, for who works there (%s)', async (language) => {
    const [citizen, both] = [
      await Citizen.born(kapu, { enrolled: true }),
      await Citizen.born(kapu, { enrolled: true }),
    ];
    for (const role of ['admin', 'operator'] as const)
      await kapu.staffRoles.give(both.accountId, role, { by: COMMAND_LINE });
    const { clientId } = await Portal.join(kapu);
    for (const lane of ['mail/0', `logout/${clientId}`] as const)
      await kapu.outbox.put({ lane, about: 'activation', body: null, giveUpAt: 0 });
    await kapu.drain();
    const page = await opened(language, DESKTOP);
    await page.goto(`${kapu.issuer}/admin`);
    await logIn(page, both.username);
    await page.fill('input[name=code]', both.code());
    await press(page, '/code');
    const seen: string[] = [];
    for (const path of consolePages()) {
      const id = path.startsWith('/admin/accounts') ? citizen.accountId : clientId;
      const address = kapu.issuer + path.replace(':id', id).replace(':kind', 'machine');
      await page.goto(address);
      // The address of a form alone leads to its page, which has its turn.
      if (page.url() !== address) continue;
      await looksGood(page);
      seen.push(path);
    }
    expect(seen.length).toBeGreaterThan(12);
  });

  /** What is saved is no page. */
  function consolePages(): string[] {
    const gets = kapu.routes().filter(({ methods }) => methods.includes('GET'));
    return gets.map(({ path }) => path).filter((path) => /^\/admin(?!.*\/acts$)/.test(path));
  }

  async function listening(): Promise<number> {
    await new Promise<void>((resolve) => ownMachine.listen(0, 'localhost', resolve));
    return (ownMachine.address() as AddressInfo).port;
  }

  async function activationOf(username: string): Promise<string> {
    const wanted = { username, email: `${username}@example.hu`, roles: ['admin'] } as const;
    const added = await kapu.registerAccount(wanted, { by: COMMAND_LINE });
    if (!added.ok || !added.activation) throw new Error('no activation link');
    return added.activation.link;
  }

  async function registered(page: Page): Promise<Portal> {
    const id = (await page.textContent('main dd code')) ?? '';
    const secret = (await page.textContent('main .secret')) ?? '';
    return Portal.of(kapu, id, secret);
  }
});

async function looksGood(page: Page): Promise<void> {
  expect([page.url(), ...(await faultsOf(page))]).toEqual([page.url()]);
}

async function logIn(page: Page, username: string): Promise<void> {
  await page.fill('input[name=username]', username);
  await page.fill('input[name=password]', PASSWORD);
  await press(page, '/password');
}

async function enrol(page: Page): Promise<void> {
  await press(page, '/enrol');
  const uri = (await page.getAttribute('a[href^="otpauth:"]', 'href')) ?? '';
  const secret = new URL(uri).searchParams.get('secret') ?? '';
  const password = page.locator('input[name=password]');
  if (await password.count()) await password.fill(PASSWORD);
  await page.fill('input[name=code]', generateSync({ secret }));
  await press(page, '/pair');
  await page.check('input[name=saved]');
  await press(page, '/deletion-code');
  await press(page, '/enrolled');
}
