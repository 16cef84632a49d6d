/** What a portal's programmer reads and tries. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { errors } from 'oidc-provider';
import supertest from 'supertest';
import { CLAIMS_OF_SCOPE, SCOPES } from '../../provider/oidc/claims.ts';
import { clientDocument } from '../../provider/oidc/client-document.ts';
import { ERRORS, METADATA } from '../../provider/pages/site/developers.ts';
import { Browser } from '../support/browser.ts';
import { Citizen } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { Portal } from '../support/portal.ts';

let kapu: TestKapu;
beforeAll(async () => {
  kapu = await startKapu();
});
afterAll(() => kapu.stop());

describe('/developers', () => {
  it.each(['hu', 'en'])('names every level, scope and claim (%s)', async (language) => {
    const browser = new Browser(kapu.issuer);
    await browser.open(`/developers?lang=${language}`);
    expect(browser.page.status).toBe(200);
    const names = [...Object.values(kapu.env.acrValues), ...SCOPES, ...Object.values(CLAIMS_OF_SCOPE).flat()];
    for (const name of names) expect(browser.text).toContain(name);
    expect(browser.text).not.toMatch(/developers\.|\{\{/);
  });

  it('speaks of errors and metadata that there are', () => {
    const known = Object.values(errors).flatMap((kind) => {
      try {
        return [(Reflect.construct(kind as never, ['x']) as { error?: string }).error];
      } catch {
        return [];
      }
    });
    expect(ERRORS.filter((name) => !known.includes(name))).toEqual([]);
    const document = clientDocument(Object.fromEntries(METADATA.map((name) => [name, undefined])));
    expect(document).toMatchObject({ ok: true, ignored: [] });
  });
});

describe('/developers/try', () => {
  it('tries a client whose secret nobody knows: login, claims, refresh, logout', async () => {
    const metadata = { 'client_name#en': 'Test portal' };
    const portal = await Portal.join(kapu, { acr: 'substantial', metadata });
    const citizen = await Citizen.born(kapu, { enrolled: true });
    const sub = (await citizen.logsIn(portal)).claims()?.sub;
    const { browser } = citizen;

    await browser.open('/developers/try');
    expect(browser.text).toContain(`Teszt Portál ${portal.clientId}`);
    expect((await browser.open('/developers/try?lang=en')).html).toContain('Test portal');
    await browser.open('/developers/try?lang=hu');
    await browser.submit('/developers/try', { client: portal.clientId });
    await citizen.goesThroughTo('/developers/try/result');
    expect(browser.text).toContain(kapu.env.acrValues.substantial);
    expect(browser.text).toContain(`sub ${sub}`);
    expect(browser.text).toContain(`${citizen.username}@example.hu`);

    await browser.submit('/developers/try/result');
    expect(browser.page).toMatchObject({ status: 200, path: '/developers/try/result' });
    await browser.open(
      /href="(\/session\/end\?[^"]*)"/.exec(browser.page.html)?.[1]?.replaceAll('&amp;', '&') ?? '',
    );
    await browser.submit('/session/end/confirm', { logout: 'yes' });
    expect(browser.page.path).toMatch(/^\/developers\/try/);
    await browser.open('/account');
    expect(browser.hasForm('/password') || browser.hasForm('/method')).toBe(true);
  });

  it('takes no response that nobody asked for', async () => {
    const browser = new Browser(kapu.issuer);
    await browser.open('/developers/try/callback?code=x&state=y');
    expect(browser.page.status).toBe(400);
    await browser.open('/developers/try/result');
    expect(browser.page.path).toBe('/developers/try');
  });

  it('is not there in production, nor are the stand-ins of clients', async () => {
    const secret = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64');
    const production = await startKapu({
      variables: {
        NODE_ENV: 'production',
        ISSUER: 'https://login.example.hu',
        SMTP_URL: 'smtps://mail.example.hu',
        MAIL_FROM: 'noreply@example.hu',
        CONTACT_EMAIL: 'segitseg@example.hu',
        COOKIE_KEYS: secret(),
        SECRET_KEYS: secret(),
        PAIRWISE_SALT: secret(),
        TRUST_PROXY: '127.0.0.1,::1',
      },
    });
    try {
      const registered = await production.registerClient({
        redirect_uris: ['https://portal.example.hu/callback'],
      });
      if (!registered.ok) throw new Error(registered.detail);
      const headers = { host: 'login.example.hu', 'x-forwarded-proto': 'https' };
      const get = (path: string) =>
        supertest(`http://localhost:${production.env.port}`).get(path).set(headers);
      expect((await get('/developers')).status).toBe(200);
      for (const path of ['/developers/try', '/developers/try/callback', '/developers/try/result'])
        expect((await get(path)).status).toBe(404);
      const query = `client_id=try:${registered.metadata.client_id}&response_type=code&scope=openid`;
      const refused = await get(
        `/auth?${query}&redirect_uri=https://login.example.hu/developers/try/callback`,
      );
      expect(refused.status).toBe(400);
      expect(refused.text).not.toContain('/interaction/');
    } finally {
      await production.stop();
    }
  });
});
