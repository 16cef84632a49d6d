/** The example of a page without a server, in a real browser: it needs CORS and PKCE, and has no secret. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DESKTOP, startChromium } from '../support/chromium.ts';
import { Citizen } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { describeInBrowser } from '../support/needs.ts';

const FOLDER = 'scripts/examples/spa';

describeInBrowser('a page without a server', () => {
  let kapu: TestKapu;
  let server: Server;
  let url: string;

  beforeAll(async () => {
    kapu = await startKapu();
    server = createServer().listen(0, 'localhost');
    await once(server, 'listening');
    url = `http://localhost:${(server.address() as AddressInfo).port}/`;
    const metadata = readFileSync(`${FOLDER}/client.json`, 'utf8');
    const registered = await kapu.registerClient(
      JSON.parse(metadata.replaceAll('http://localhost:4004/', url)),
    );
    if (!registered.ok) throw new Error(registered.detail);
    expect(registered.secret).toBeUndefined();
    const html = readFileSync(`${FOLDER}/index.html`, 'utf8')
      .replace('http://localhost:3000', kapu.issuer)
      .replace('PUT THE CLIENT_ID HERE', registered.metadata.client_id);
    const script = readFileSync(`${FOLDER}/portal.js`);
    server.on('request', (request, response) => {
      const isScript = request.url === '/portal.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : html);
    });
  });
  afterAll(async () => {
    server?.closeAllConnections();
    server?.close();
    await kapu?.stop();
  });

  it('logs in with password and code, refreshes, logs out', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    const chromium = await startChromium();
    try {
      const page = await chromium.newPage({ viewport: DESKTOP });
      await page.goto(url);
      await page.click('#login');
      await page.fill('[name=username]', citizen.username);
      await page.fill('[name=password]', citizen.password);
      await page.click('form[action$="/password"] button.button');
      await page.fill('[name=code]', citizen.code());
      await page.click('form[action$="/code"] button.button');
      await page.click('form[action$="/consent"] button.button');
      await page.waitForSelector('h1:has-text("You are logged in")');
      const known = JSON.parse((await page.textContent('#facts')) ?? '');
      expect(known.claims.acr).toBe(kapu.env.acrValues.substantial);
      expect(known.person.email).toBe(`${citizen.username}@example.hu`);
      expect(page.url()).toBe(url);

      await page.click('#refresh');
      await page.waitForSelector('h1:has-text("Refreshed")');
      await page.click('#logout');
      await page.waitForSelector('h1:has-text("Welcome")');
    } finally {
      await chromium.close();
    }
  });
});
