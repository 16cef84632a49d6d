/** Logging in at a portal: the two ways, the levels, what a portal may ask for, several windows, and the ways out. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Citizen } from '../support/citizen.ts';
import type { TestKapu } from '../support/kapu.ts';
import { Portal } from '../support/portal.ts';
import { MINUTES, SECONDS, travel } from '../support/time.ts';
import { useKapu } from '../support/use-kapu.ts';

let kapu: TestKapu;
let low: Portal;
let substantial: Portal;

const errorOf = (left: string | undefined) => new URL(left ?? '').searchParams.get('error');

useKapu(async (started) => {
  kapu = started;
  low = await Portal.join(kapu, { acr: 'low' });
  substantial = await Portal.join(kapu, { acr: 'substantial' });
});
beforeEach(() => travel(60 * SECONDS));

describe('logging in', () => {
  it('with a password ends at level low, and the ID token says so', async () => {
    const citizen = await Citizen.born(kapu);
    const at = Math.floor(Date.now() / 1000);
    const tokens = await citizen.logsIn(low);
    expect(tokens.claims()).toMatchObject({ acr: kapu.env.acrValues.low, amr: ['pwd'], auth_time: at });
  });

  it('with password and code ends at substantial, in one interaction', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    const visit = await citizen.goesTo(substantial);
    const address = citizen.browser.page.path;
    await citizen.entersPassword();
    expect(citizen.browser.page.path).toBe(address);
    expect(citizen.browser.text).toContain('Teszt Portál');
    await citizen.entersCode();
    await citizen.consents();
    const tokens = await visit.arrive(citizen.browser.page.left ?? '');
    expect(tokens.claims()).toMatchObject({
      acr: kapu.env.acrValues.substantial,
      amr: ['pwd', 'otp', 'mfa'],
    });
  });

  it('by Ügyfélkapu+ at a portal that accepts low ends at substantial all the same', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    const visit = await citizen.goesTo(low);
    await citizen.choosesMethod('totp');
    await citizen.entersPassword();
    await citizen.entersCode();
    await citizen.consents();
    const tokens = await visit.arrive(citizen.browser.page.left ?? '');
    expect(tokens.claims()?.acr).toBe(kapu.env.acrValues.substantial);
  });

  it('accepts the user name in any case, and the code with spaces', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    await citizen.goesTo(substantial);
    await citizen.browser.submit('/password', {
      username: ` ${citizen.username.toUpperCase()} `,
      password: citizen.password,
    });
    const code = citizen.code();
    await citizen.entersCode(`${code.slice(0, 3)} ${code.slice(3)}`);
    expect(citizen.browser.hasForm('/consent')).toBe(true);
  });

  it('asks for consent once, also in another session', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.logsIn(low);
    citizen.takesNewBrowser();
    await citizen.goesTo(low);
    await citizen.choosesMethod('password');
    await citizen.entersPassword();
    expect(citizen.browser.page.left).toContain('code=');
  });
});

describe('the chooser', () => {
  it('offers both methods at low and none but Ügyfélkapu+ at substantial', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.goesTo(low);
    expect(citizen.browser.page.html).toMatch(/value="password"[\s\S]*value="totp"/);
    citizen.takesNewBrowser();
    await citizen.goesTo(substantial);
    expect(citizen.browser.hasForm('/method')).toBe(false);
    expect(citizen.browser.hasForm('/password')).toBe(true);
  });

  it('remembers the last choice on this browser, with a way to the other method', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.goesTo(low);
    await citizen.choosesMethod('password');
    await citizen.goesTo(low);
    expect(citizen.browser.hasForm('/password')).toBe(true);
    await citizen.browser.open(`${citizen.browser.page.path}?choose=method`);
    await citizen.choosesMethod('totp');
    await citizen.entersPassword();
    expect(citizen.browser.hasForm('/enrol')).toBe(true);
  });

  it('says when nothing was chosen', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.goesTo(low);
    const page = await citizen.browser.submit('/method');
    expect(page.status).toBe(422);
    expect(citizen.browser.hasForm('/method')).toBe(true);
  });
});

describe('single sign-on and step-up', () => {
  it('a session at the level is reused', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    await citizen.logsIn(substantial);
    const visit = await citizen.goesTo(substantial);
    const tokens = await visit.arrive(citizen.browser.page.left ?? '');
    expect(tokens.claims()?.acr).toBe(kapu.env.acrValues.substantial);
  });

  it('a low session is stepped up with the code alone, and auth_time stays that of the password', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    const at = Math.floor(Date.now() / 1000);
    await citizen.logsInByPassword(low);
    travel(5 * MINUTES);
    const higher = await citizen.goesTo(substantial);
    expect(citizen.browser.hasForm('/password')).toBe(false);
    await citizen.entersCode();
    await citizen.consents();
    const claims = (await higher.arrive(citizen.browser.page.left ?? '')).claims();
    expect(claims).toMatchObject({
      acr: kapu.env.acrValues.substantial,
      amr: ['pwd', 'otp', 'mfa'],
      auth_time: at,
    });
  });

  it('prompt=login at low does not silently take the level that another portal relies on', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    await citizen.logsIn(substantial);
    travel(1 * MINUTES);
    await citizen.goesTo(low, { prompt: 'login' });
    await citizen.choosesMethod('password');
    await citizen.entersPassword();
    expect(citizen.browser.hasForm('/code')).toBe(true);
  });
});

describe('what a portal asks for', () => {
  it('acr_values: the first listed is required', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    const acr_values = `${kapu.env.acrValues.substantial} ${kapu.env.acrValues.low}`;
    const tokens = await citizen.logsIn(low, { acr_values });
    expect(tokens.claims()?.acr).toBe(kapu.env.acrValues.substantial);
  });

  it('acr_values: unknown ones succeed at the minimum of the client', async () => {
    const citizen = await Citizen.born(kapu);
    const visit = await citizen.goesTo(low, { acr_values: 'urn:no:such:level' });
    await citizen.choosesMethod('password');
    await citizen.goesThrough();
    const tokens = await visit.arrive(citizen.browser.page.left ?? '');
    expect(tokens.claims()?.acr).toBe(kapu.env.acrValues.low);
  });

  it('acr_values below the minimum of the client do not lower it', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    const tokens = await citizen.logsIn(substantial, { acr_values: kapu.env.acrValues.low });
    expect(tokens.claims()?.acr).toBe(kapu.env.acrValues.substantial);
  });

  const essential = (...values: string[]) =>
    JSON.stringify({ id_token: { acr: { essential: true, values } } });

  it('an essential acr is met', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    const tokens = await citizen.logsIn(low, { claims: essential(kapu.env.acrValues.substantial) });
    expect(tokens.claims()?.acr).toBe(kapu.env.acrValues.substantial);
  });

  it('an essential acr is not lost beside acr_values', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    const both = { acr_values: kapu.env.acrValues.low, claims: essential(kapu.env.acrValues.substantial) };
    const tokens = await citizen.logsIn(low, both);
    expect(tokens.claims()?.acr).toBe(kapu.env.acrValues.substantial);
  });

  it('an essential acr that nobody has ends in unmet_authentication_requirements', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.goesTo(low, { claims: essential('urn:no:such:level') });
    expect(errorOf(citizen.browser.page.left)).toBe('unmet_authentication_requirements');
  });

  it('prompt=none: without a session, below the level, and at it', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    await citizen.goesTo(low, { prompt: 'none' });
    expect(errorOf(citizen.browser.page.left)).toBe('login_required');
    await citizen.logsInByPassword(low);
    await citizen.goesTo(substantial, { prompt: 'none' });
    expect(errorOf(citizen.browser.page.left)).toBe('unmet_authentication_requirements');
    await citizen.goesTo(low, { prompt: 'none' });
    expect(citizen.browser.page.left).toContain('code=');
  });

  it('prompt=login asks for everything again and renews auth_time', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    await citizen.logsIn(substantial);
    travel(2 * MINUTES);
    const at = Math.floor(Date.now() / 1000);
    const visit = await citizen.goesTo(substantial, { prompt: 'login' });
    await citizen.entersPassword();
    await citizen.entersCode();
    const claims = (await visit.arrive(citizen.browser.page.left ?? '')).claims();
    expect(claims?.auth_time).toBe(at);
  });

  it('max_age: a fresh enough session passes, an older one asks for everything', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    await citizen.logsIn(substantial);
    travel(4 * MINUTES);
    await citizen.goesTo(substantial, { max_age: '300' });
    expect(citizen.browser.page.left).toContain('code=');
    travel(2 * MINUTES);
    const visit = await citizen.goesTo(substantial, { max_age: '300' });
    await citizen.entersPassword();
    await citizen.entersCode();
    const claims = (await visit.arrive(citizen.browser.page.left ?? '')).claims();
    expect(claims?.auth_time).toBe(Math.floor(Date.now() / 1000));
  });

  it('login_hint fills in the user name', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.goesTo(substantial, { login_hint: 'nagy"bela<b>' });
    expect(citizen.browser.form('/password').fields).toMatchObject({ username: 'nagy"bela<b>' });
  });

  it('ui_locales chooses the language, and the person may choose another', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.goesTo(substantial, { ui_locales: 'de en-GB hu' });
    expect(citizen.browser.page.html).toContain('<html lang="en"');
    await citizen.browser.open(`${citizen.browser.page.path}?lang=hu`);
    expect(citizen.browser.page.html).toContain('<html lang="hu"');
    await citizen.entersPassword('wrong');
    expect(citizen.browser.page.html).toContain('<html lang="hu"');
  });
});

describe('cancel (MÉGSEM)', () => {
  it('is on every step and goes back to the portal with access_denied', async () => {
    const stepsUntil: [string, (citizen: Citizen) => Promise<unknown>][] = [
      ['/method', async () => {}],
      ['/password', (citizen) => citizen.choosesMethod('totp')],
      ['/enrol', (citizen) => citizen.entersPassword()],
      ['/pair', (citizen) => citizen.browser.submit('/enrol')],
      [
        '/deletion-code',
        (citizen) => {
          citizen.readsSecret();
          return citizen.browser.submit('/pair', { password: citizen.password, code: citizen.code() });
        },
      ],
    ];
    for (let end = 1; end <= stepsUntil.length; end += 1) {
      const citizen = await Citizen.born(kapu);
      await citizen.goesTo(low);
      for (const [step, go] of stepsUntil.slice(0, end)) {
        await go(citizen);
        expect(citizen.browser.hasForm(step)).toBe(true);
      }
      await citizen.browser.submit('/cancel');
      expect(errorOf(citizen.browser.page.left)).toBe('access_denied');
      expect((await kapu.accounts.find(citizen.accountId))?.authenticators).toEqual([]);
    }
  });

  it('works at the code and at the consent, too', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    await citizen.goesTo(substantial);
    await citizen.entersPassword();
    await citizen.browser.submit('/cancel');
    expect(errorOf(citizen.browser.page.left)).toBe('access_denied');
    await citizen.goesTo(substantial);
    await citizen.entersPassword();
    await citizen.entersCode();
    await citizen.browser.submit('/cancel');
    expect(errorOf(citizen.browser.page.left)).toBe('access_denied');
  });
});

describe('the account pages', () => {
  it('are reached with level low when that is all the person has', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.browser.open('/account');
    await citizen.choosesMethod('password');
    await citizen.entersPassword();
    expect(citizen.browser.page.path).toBe('/account');
    expect(citizen.browser.text).toContain('ÜGYFÉLKAPU+ IGÉNYLÉSE');
  });

  it('want the code of those who have Ügyfélkapu+', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    await citizen.browser.open('/account');
    await citizen.choosesMethod('password');
    await citizen.entersPassword();
    await citizen.entersCode();
    expect(citizen.browser.page.path).toBe('/account');
    expect(citizen.browser.text).toContain('ÜGYFÉLKAPU+ BEÁLLÍTÁSOK');
  });

  it('share one session with the portals, and one logout', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.logsIn(low);
    await citizen.browser.open('/account');
    expect(citizen.browser.page.path).toBe('/account');
    await citizen.browser.open('/logout');
    await citizen.browser.submit('/session/end/confirm', { logout: 'yes' });
    expect(citizen.browser.page.path).toBe('/logged-out');
    await citizen.goesTo(low, { prompt: 'none' });
    expect(errorOf(citizen.browser.page.left)).toBe('login_required');
  });

  it('come back to the home page when the person cancels, and never to a foreign address', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.browser.open('/account');
    await citizen.browser.submit('/cancel');
    expect(citizen.browser.page.path).toBe('/');
    for (const state of ['//evil.example', 'https://evil.example', '/\\evil.example', '/nowhere']) {
      await citizen.browser.open(`/signed-in?state=${encodeURIComponent(state)}`);
      expect(citizen.browser.page).toMatchObject({ path: '/', status: 200 });
    }
  });
});

describe('several windows at once', () => {
  it('a window opened before logging in elsewhere does not take the level away, and goes on by itself', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    const earlier = await citizen.goesTo(low);
    const address = citizen.browser.page.path;
    await citizen.logsIn(substantial);
    await citizen.browser.open(address);
    await citizen.consents();
    const tokens = await earlier.arrive(citizen.browser.page.left ?? '');
    expect(tokens.claims()?.acr).toBe(kapu.env.acrValues.substantial);
    await citizen.goesTo(substantial, { prompt: 'none' });
    expect(citizen.browser.page.left).toContain('code=');
  });

  it('a consent given in such a window does no harm either', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    await citizen.goesTo(low);
    await citizen.choosesMethod('password');
    await citizen.entersPassword();
    const { action, fields } = citizen.browser.form('/consent');
    await citizen.logsIn(substantial);
    await citizen.browser.post(action, fields);
    expect(citizen.browser.page.left).toContain('code=');
    await citizen.goesTo(substantial, { prompt: 'none' });
    expect(citizen.browser.page.left).toContain('code=');
  });

  it('prompt=consent for the own pages is a page, not a fault', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.logsIn(low);
    const query = new URLSearchParams({
      client_id: 'kapu-account',
      response_type: 'none',
      scope: 'openid',
      prompt: 'consent',
      redirect_uri: `${kapu.issuer}/signed-in`,
    });
    await citizen.browser.open(`/auth?${query}`);
    expect(citizen.browser.page.status).toBe(200);
  });

  it('a form sent from such a window does no harm', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    await citizen.goesTo(low);
    await citizen.choosesMethod('password');
    const { action, fields } = citizen.browser.form('/password');
    await citizen.logsIn(substantial);
    await citizen.browser.post(action, { ...fields, username: citizen.username, password: citizen.password });
    await citizen.consents();
    await citizen.goesTo(substantial, { prompt: 'none' });
    expect(citizen.browser.page.left).toContain('code=');
  });

  it('another person logging in with this browser ends the session of the first, without a question in between', async () => {
    const first = await Citizen.born(kapu);
    await first.logsIn(low);
    const second = await Citizen.born(kapu);
    second.browser = first.browser;
    const visit = await second.goesTo(low, { prompt: 'login' });
    await second.choosesMethod('password').catch(() => undefined);
    await second.entersPassword();
    await second.consents();
    const tokens = await visit.arrive(second.browser.page.left ?? '');
    expect(tokens.claims()?.sub).toBeTruthy();
    await second.browser.open('/account');
    expect(second.browser.text).toContain(second.username);
  });
});

describe('response_mode=form_post', () => {
  it('lets the answer through to the portal, and to nobody else', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.logsIn(low);
    await citizen.goesTo(low, { response_mode: 'form_post' });
    const { html, headers } = citizen.browser.page;
    expect(html).toContain('action="https://portal.example.hu/callback"');
    expect(headers['content-security-policy']).toContain("form-action 'self' https://portal.example.hu;");
    await citizen.goesTo(low, { redirect_uri: 'https://evil.example/' });
    expect(citizen.browser.page.headers['content-security-policy']).not.toContain('evil');
  });
});

describe('consent', () => {
  it('names what is asked for by single claims, too', async () => {
    const citizen = await Citizen.born(kapu);
    const claims = JSON.stringify({ userinfo: { birthdate: null, email: null } });
    await citizen.goesTo(low, { scope: 'openid', claims });
    await citizen.choosesMethod('password');
    await citizen.entersPassword();
    expect(citizen.browser.text).toContain('E-mail-cím');
    expect(citizen.browser.text).toContain('Természetes személyazonosító adatok');
  });

  it('of somebody who was locked meanwhile is a page, not a fault', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.goesTo(low);
    await citizen.choosesMethod('password');
    await citizen.entersPassword();
    await citizen.becomes({ status: 'locked' });
    expect((await citizen.consents()).status).toBe(410);
  });
});

describe('a link that is no longer good', () => {
  it('of a finished login says so and leads on to the portal', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.goesTo(low);
    const address = citizen.browser.page.path;
    await citizen.goesThrough();
    const page = await citizen.browser.open(address);
    expect(page.status).toBe(410);
    expect(page.html).toContain('href="https://portal.example.hu"');
  });

  it('of another browser says so', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.goesTo(low);
    const address = citizen.browser.page.path;
    citizen.takesNewBrowser();
    const page = await citizen.browser.open(address);
    expect(page.status).toBe(403);
    expect(page.html).toContain('href="/account"');
  });

  it('that is too old says so', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.goesTo(low);
    const address = citizen.browser.page.path;
    travel(61 * MINUTES);
    const page = await citizen.browser.open(address);
    expect(page.status).toBe(410);
    expect(page.html).toContain('href="/account"');
  });

  it('of a session that has ended meanwhile says so', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    await citizen.logsInByPassword(low);
    await citizen.goesTo(substantial);
    const address = citizen.browser.page.path;
    await citizen.browser.open('/logout');
    await citizen.browser.submit('/session/end/confirm', { logout: 'yes' });
    const page = await citizen.browser.open(address);
    expect(page.status).toBe(410);
  });
});
