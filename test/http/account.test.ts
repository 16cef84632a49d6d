/** What a person sees of their own account, and does about it. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { Citizen } from '../support/citizen.ts';
import { type EngineName, onEachEngine } from '../support/engines.ts';
import type { TestKapu } from '../support/kapu.ts';
import { linkIn, mailsTo, mailTo } from '../support/mail.ts';
import { Portal } from '../support/portal.ts';
import type { RedisServer } from '../support/redis-server.ts';
import { HOURS, MINUTES, SECONDS, travel } from '../support/time.ts';
import { useKapu } from '../support/use-kapu.ts';

const OFFLINE = { scope: 'openid email offline_access', prompt: 'consent' };
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
const NEW_PASSWORD = 'három sárga villamos megy';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0';

onEachEngine(accountPages);

function accountPages(engine: EngineName): void {
  let kapu: TestKapu;
  let redis: RedisServer | undefined;
  let portal: Portal;

  useKapu(
    async (started, server) => {
      kapu = started;
      redis = server;
      portal = await Portal.join(kapu, { metadata: { 'client_name#en': 'Test Portal' } });
    },
    { engine },
  );

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

  /** Where the newest mail there takes a closing back. */
  const wayBack = async (address: string) =>
    new URL(linkIn(await mailTo(kapu, address, '/reopen/'), '/reopen')).pathname;

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
      await mailTo(kapu, `${citizen.username}@example.hu`, 'mindenhol kijelentkeztettük');
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

  describe('registration data', () => {
    it('shows what the desk registered, and no field to change it', async () => {
      const citizen = await atHome();
      await citizen.browser.open('/account/registration?lang=hu');
      for (const said of [
        'Kovács',
        'Anna',
        '1950. február 3.',
        citizen.username,
        'Ezeket az adatokat az ügyfélszolgálat módosítja',
      ])
        expect(citizen.browser.text).toContain(said);
      expect(citizen.browser.page.html).not.toMatch(/name="(?:familyName|birthdate)"/);
    });

    it('mails come in the language chosen', async () => {
      const citizen = await atHome();
      await citizen.browser.open('/account/registration?lang=en');
      await citizen.browser.submit('/language', { language: 'en' });
      expect(citizen.browser.text).toContain('The language of mails is saved.');
      expect(await kapu.accounts.find(citizen.accountId)).toMatchObject({ language: 'en' });
      await citizen.browser.submit('/language', { language: 'xx' });
      expect(await kapu.accounts.find(citizen.accountId)).toMatchObject({ language: 'en' });
    });

    it('all that is kept can be taken home, without a secret or a hash', async () => {
      const citizen = await atHome({ 'user-agent': CHROME });
      await citizen.logsIn(portal);
      await kapu.drain();
      const { status, headers, html } = await citizen.browser.open('/account/registration/data');
      expect(status).toBe(200);
      expect(headers['content-disposition']).toContain('attachment');
      const data = JSON.parse(html);
      expect(data).toMatchObject({
        format: 'kapu-own-data/1',
        account: { username: citizen.username, email: `${citizen.username}@example.hu`, mailLanguage: 'hu' },
        person: { familyName: 'Kovács', birthdate: '1950-02-03' },
        devices: [],
        portals: [{ clientId: portal.clientId, scopes: expect.arrayContaining(['email']) }],
        sessions: [
          { address: '127.0.0.1', userAgent: CHROME, portals: expect.arrayContaining([portal.clientId]) },
        ],
      });
      expect(data.history.map(({ kind }: { kind: string }) => kind)).toEqual(
        expect.arrayContaining(['account-created', 'login', 'consent-given', 'data-downloaded']),
      );
      const account = await kapu.accounts.find(citizen.accountId);
      expect(html).not.toContain(account?.password?.hash);
    });

    it('a device is in it by name, its secret is not', async () => {
      const citizen = await Citizen.born(kapu, { enrolled: true });
      await citizen.comesHome();
      const { html } = await citizen.browser.open('/account/registration/data');
      const [device] = JSON.parse(html).devices;
      expect(Object.keys(device).toSorted()).toEqual(['boundAt', 'kind', 'lastUsedAt', 'name']);
      expect(html).not.toContain(citizen.secret);
    });
  });

  it('guessing a password that stands alone: where a portal asks for no code, fourteen characters are too few', async () => {
    const citizen = await atHome();
    const { password, browser } = citizen;
    for (const [chosen, status] of [
      ['zöld ló 4 kapu', 422],
      ['zöld ló 40 kapu', 200],
    ] as const) {
      await browser.open('/account/password');
      expect(browser.text).toContain('Legalább 15');
      await browser.submit('/account/password', { password, new_password: chosen });
      expect(browser.page.status).toBe(status);
    }
  });

  it('an empty field is called in the refusal as beside it', async () => {
    const { browser } = await atHome();
    await browser.open('/account/password');
    await browser.submit('/account/password', { password: '', new_password: 'zöld ló 40 kapu' });
    expect(browser.page.status).toBe(422);
    expect(browser.text).toContain('Töltse ki ezt a mezőt: Jelenlegi jelszó.');
  });

  describe('another e-mail address', () => {
    const PATH = '/account/registration/email';

    async function asksFor(citizen: Citizen, email: string): Promise<string> {
      await citizen.browser.open(`${PATH}?lang=en`);
      await citizen.browser.submit('/email', { email });
      return /\b\d{6}\b/.exec(await mailTo(kapu, email))?.[0] ?? '';
    }

    async function asksAgain(citizen: Citizen, code: string): Promise<void> {
      await citizen.browser.open(PATH);
      await citizen.browser.submit('/confirm', { code });
    }

    it('is the account’s once the code sent there is typed in, and both addresses are told', async () => {
      const citizen = await atHome();
      const old = `${citizen.username}@example.hu`;
      const wanted = `uj-${citizen.username}@example.org`;
      const code = await asksFor(citizen, wanted);
      expect(await kapu.accounts.find(citizen.accountId)).toMatchObject({ email: old });
      await citizen.browser.submit('/confirm', { code });
      expect(citizen.browser.page.path).toBe('/account/registration');
      expect(citizen.browser.text).toContain('Your email address has changed');
      const account = await kapu.accounts.find(citizen.accountId);
      expect(account).toMatchObject({ email: wanted });
      expect(account).not.toHaveProperty('emailChange');
      expect(await mailsTo(kapu, old)).toHaveLength(1);
      expect(await mailsTo(kapu, wanted)).toHaveLength(2);
    });

    it('taken over: the mailbox of before hears what happens to the account, with the way back, for thirty days', async () => {
      const citizen = await atHome();
      const old = `${citizen.username}@example.hu`;
      await asksAgain(citizen, await asksFor(citizen, `tolvaj-${citizen.username}@example.org`));
      const thief = citizen.browser;
      await thief.open('/account/password');
      await thief.submit('/account/password', { password: citizen.password, new_password: NEW_PASSWORD });
      expect(await mailsTo(kapu, old)).toHaveLength(2);
      await thief.open('/account/close');
      await thief.submit('/close', { password: NEW_PASSWORD });
      const link = await wayBack(old);
      const owner = await Citizen.born(kapu);
      await owner.browser.open(link);
      await owner.browser.submit(link);
      expect(owner.browser.page.path).toBe('/reopened');
      const told = (await mailsTo(kapu, old)).length;
      travel(30 * 24 * HOURS);
      Object.assign(citizen, { password: NEW_PASSWORD });
      await citizen.comesHome();
      await thief.open('/account/password');
      await thief.submit('/account/password', {
        password: NEW_PASSWORD,
        new_password: `${NEW_PASSWORD}, és jön`,
      });
      expect(thief.page.path).toBe('/account');
      expect(await mailsTo(kapu, old)).toHaveLength(told);
    });

    it('is told to portals as verified once its owner has opened a mail there, never before', async () => {
      const citizen = await atHome();
      const told = async () => {
        const tokens = await citizen.logsIn(portal, { scope: 'openid email' });
        return client.fetchUserInfo(portal.config, tokens.access_token, tokens.claims()?.sub ?? '');
      };
      expect(await told()).toMatchObject({ email_verified: false });
      const wanted = `megerositett-${citizen.username}@example.org`;
      const code = await asksFor(citizen, wanted);
      expect(await told()).toMatchObject({ email_verified: false });
      await asksAgain(citizen, code);
      expect(await told()).toMatchObject({ email: wanted, email_verified: true });
      await citizen.becomes({ email: 'mas@example.org' });
      expect(await told()).toMatchObject({ email: 'mas@example.org', email_verified: false });
    });

    it('a code is given up after five wrong ones, however right the sixth', async () => {
      const citizen = await atHome();
      const code = await asksFor(citizen, `t-${citizen.username}@example.org`);
      const wrong = code === '123456' ? '654321' : '123456';
      for (let tries = 0; tries < 4; tries += 1) {
        await citizen.browser.submit('/confirm', { code: wrong });
        expect(citizen.browser.text).toContain('This code is not right');
      }
      const last = citizen.browser.form('/confirm');
      await citizen.browser.submit('/confirm', { code: wrong });
      expect(citizen.browser.text).toContain('This code no longer works');
      await citizen.browser.post(last.action, { ...last.fields, code });
      const account = await kapu.accounts.find(citizen.accountId);
      expect(account).toMatchObject({ email: `${citizen.username}@example.hu` });
    });

    it('a code runs out, and the code of an earlier request does not serve a later one', async () => {
      const citizen = await atHome();
      const first = await asksFor(citizen, `a-${citizen.username}@example.org`);
      await citizen.browser.submit('/give-up');
      const second = await asksFor(citizen, `b-${citizen.username}@example.org`);
      if (first !== second) {
        await citizen.browser.submit('/confirm', { code: first });
        expect(citizen.browser.text).toContain('This code is not right');
      }
      travel(31 * MINUTES);
      await citizen.comesHome(PATH);
      expect(citizen.browser.hasForm('/confirm')).toBe(false);
    });

    it('header injection is refused, and no mail goes out', async () => {
      const citizen = await atHome();
      const before = (await kapu.mails()).length;
      for (const email of ['a@example.hu\r\nBcc: b@example.hu', 'a@example.hu, b@example.hu', 'nobody']) {
        await citizen.browser.open(`${PATH}?lang=en`);
        await citizen.browser.submit('/email', { email });
        expect(citizen.browser.page.status).toBe(422);
        expect(citizen.browser.text).toContain('This is not an email address');
      }
      expect(await kapu.mails()).toHaveLength(before);
    });

    it('nobody is flooded with codes', async () => {
      const citizen = await atHome();
      const before = (await kapu.mails()).length;
      for (let requests = 0; requests < 8; requests += 1) {
        await citizen.browser.open(PATH);
        if (citizen.browser.hasForm('/give-up')) await citizen.browser.submit('/give-up');
        await citizen.browser.submit('/email', { email: 'victim@example.net' });
      }
      expect(citizen.browser.page.status).toBe(429);
      expect((await kapu.mails()).length - before).toBe(5);
    });

    it('needs a fresh authentication at the highest level of the account', async () => {
      const citizen = await Citizen.born(kapu, { enrolled: true });
      await citizen.comesHome();
      travel(6 * MINUTES);
      await citizen.browser.open(PATH);
      expect(citizen.browser.hasForm('/password')).toBe(true);
      await citizen.goesThrough(PATH);
      expect(citizen.browser.hasForm('/email')).toBe(true);
    });
  });

  describe('closing the account', () => {
    const DAYS = 24 * HOURS;

    async function closes(citizen: Citizen): Promise<void> {
      await citizen.browser.open('/account/close?lang=en');
      const code = citizen.secret === undefined ? {} : { code: citizen.code(1) };
      await citizen.browser.submit('/close', { password: citizen.password, ...code });
    }

    async function triesToLogIn(citizen: Citizen): Promise<string> {
      citizen.takesNewBrowser();
      await citizen.browser.open('/account?lang=en');
      if (citizen.browser.hasForm('/method')) await citizen.choosesMethod('password');
      await citizen.entersPassword();
      return citizen.browser.text;
    }

    it('takes password and code, ends all, refuses logins like any, and the mail’s link takes it back', async () => {
      const citizen = await Citizen.born(kapu, { enrolled: true });
      const tokens = await citizen.logsIn(portal, { ...OFFLINE, acr_values: kapu.env.acrValues.substantial });
      travel(30 * SECONDS);
      await closes(citizen);
      expect(citizen.browser.page.path).toBe('/account-closing');
      expect(await refreshes(String(tokens.refresh_token))).toBe(false);
      expect(await kapu.storage.sessions.of(citizen.accountId)).toEqual([]);
      const refusedLike = await triesToLogIn(citizen);
      expect(refusedLike).toContain('could not log you in');
      const link = await wayBack(`${citizen.username}@example.hu`);
      await citizen.browser.open(`${link}?lang=en`);
      expect(await kapu.accounts.find(citizen.accountId)).toMatchObject({ status: 'closing' });
      await citizen.browser.submit(link);
      expect(citizen.browser.page.path).toBe('/reopened');
      travel(60 * SECONDS);
      await citizen.comesHome();
      await citizen.browser.open(link);
      await citizen.browser.submit(link);
      expect(citizen.browser.page.status).toBe(422);
      expect(citizen.browser.text).toContain('This link no longer works');
      expect(citizen.browser.hasForm(link)).toBe(false);
      expect(citizen.browser.page.html).toContain('href="/account/history"');
    });

    it.each([
      ['a wrong password', (citizen: Citizen) => ({ password: 'nem ez az', code: citizen.code(1) })],
      ['a wrong code', (citizen: Citizen) => ({ password: citizen.password, code: '000000' })],
      ['no code', (citizen: Citizen) => ({ password: citizen.password, code: '' })],
      ['the code of the login', (citizen: Citizen) => ({ password: citizen.password, code: citizen.code() })],
    ])('%s closes nothing', async (_what, typed) => {
      const citizen = await Citizen.born(kapu, { enrolled: true });
      await citizen.comesHome();
      await citizen.browser.open('/account/close');
      await citizen.browser.submit('/close', typed(citizen));
      expect(citizen.browser.page.status).toBe(422);
      expect(await kapu.accounts.find(citizen.accountId)).toMatchObject({ status: 'active' });
    });

    it('after the days all is erased once, whichever instance is first, and the name is never given again', async () => {
      const citizen = await atHome();
      await citizen.logsIn(portal);
      await closes(citizen);
      const link = await wayBack(`${citizen.username}@example.hu`);
      travel(13 * DAYS);
      await swept();
      expect(await kapu.accounts.find(citizen.accountId)).toMatchObject({ status: 'closing' });
      travel(1 * DAYS + 1 * SECONDS);
      const before = (await kapu.mails()).length;
      await Promise.all([swept(), swept(), swept()]);
      await swept();
      const remains = await kapu.accounts.find(citizen.accountId);
      expect(remains).toMatchObject({ status: 'closed', email: '', person: {}, authenticators: [] });
      expect(remains).not.toHaveProperty('password');
      expect(await kapu.consents.of(citizen.accountId)).toEqual([]);
      const events = await kapu.history.of(citizen.accountId, 100);
      expect(events.map(({ kind }) => kind)).toEqual(['account-closed']);
      expect((await kapu.mails()).length - before).toBe(1);
      const again = await kapu.registerAccount(
        {
          username: citizen.username,
          password: 'egészen más jelszó',
          email: 'masvalaki@example.hu',
        },
        { by: COMMAND_LINE },
      );
      expect(again).toMatchObject({ ok: false, because: 'username-taken' });
      await citizen.browser.open(link);
      await citizen.browser.submit(link);
      expect(citizen.browser.page.status).toBe(422);
    });

    it('what is left of an account takes no events and no mails of failed logins', async () => {
      const citizen = await atHome();
      await closes(citizen);
      travel(14 * DAYS + 1 * SECONDS);
      await swept();
      const before = (await kapu.mails()).length;
      for (let tries = 0; tries < 12; tries += 1) await triesToLogIn(citizen);
      expect(await kapu.history.of(citizen.accountId, 100)).toHaveLength(1);
      expect(await kapu.mails()).toHaveLength(before);
    });

    async function swept(): Promise<void> {
      kapu.sweep();
      await kapu.drain();
    }
  });

  describe('the end of a session', () => {
    const left = async ({ browser }: Citizen): Promise<{ secondsLeft: number; final: boolean }> =>
      (await browser.agent.get('/session/left')).body;

    it('is said on the page, and asking for it renews nothing', async () => {
      const citizen = await atHome();
      expect(citizen.browser.text).toMatch(/Ha \d\d:\d\d-ig nem nyit meg új oldalt/);
      travel(10 * MINUTES);
      expect(await left(citizen)).toEqual({ secondsLeft: 20 * 60, final: false });
      travel(10 * MINUTES);
      expect(await left(citizen)).toEqual({ secondsLeft: 10 * 60, final: false });
    });

    it('is put off by one click, with and without a script', async () => {
      const citizen = await atHome();
      await citizen.browser.open('/account/sessions');
      const { action, fields } = citizen.browser.form('/session/stay');
      travel(29 * MINUTES);
      const asked = await citizen.browser.agent
        .post(action)
        .set({ accept: 'application/json', origin: kapu.issuer })
        .type('form')
        .send(fields);
      expect(asked.body).toEqual({ secondsLeft: 30 * 60, final: false });
      travel(29 * MINUTES);
      await citizen.browser.post(action, fields);
      expect(citizen.browser.page.path).toBe('/account/sessions');
      expect(await left(citizen)).toEqual({ secondsLeft: 30 * 60, final: false });
    });

    it('comes after twelve hours in any case: then one click leads to a login, and back', async () => {
      const citizen = await atHome();
      for (let minutes = 0; minutes < 12 * 60 - 10; minutes += 25) {
        travel(Math.min(25, 12 * 60 - 10 - minutes) * MINUTES);
        await citizen.browser.open('/account/portals');
      }
      expect(await left(citizen)).toEqual({ secondsLeft: 10 * 60, final: true });
      await citizen.browser.submit('/session/stay');
      expect(citizen.browser.hasForm('/password')).toBe(true);
      await citizen.goesThrough('/account/portals');
      expect(await left(citizen)).toEqual({ secondsLeft: 30 * 60, final: false });
    });

    it('afterwards the next page says what happened, and goes on where the person was', async () => {
      const citizen = await atHome();
      travel(31 * MINUTES);
      await citizen.browser.open('/account/portals');
      expect(citizen.browser.text).toContain('Közben véget ért a bejelentkezése');
      await citizen.goesThrough('/account/portals');
      expect(await left(citizen)).toMatchObject({ final: false });
    });

    it.each([
      ['a session that has ended', 31],
      ['a login that is no longer fresh', 6],
    ])(
      'a form posted with %s is not carried out, says so, and leads back to its page',
      async (_, minutes) => {
        const citizen = await atHome();
        await citizen.browser.open('/account/password');
        travel(minutes * MINUTES);
        const new_password = 'új jelszó három fa';
        await citizen.browser.submit('/account/password', { password: citizen.password, new_password });
        expect(citizen.browser.text).toContain('még nem hajtottuk végre');
        await citizen.goesThrough('/account/password');
        expect(citizen.browser.hasForm('/account/password')).toBe(true);
      },
    );

    it('nobody who just arrives, or who logged out, is told of an end', async () => {
      const citizen = await Citizen.born(kapu);
      await citizen.browser.open('/account');
      expect(citizen.browser.text).not.toContain('véget ért');
      await citizen.comesHome();
      await citizen.browser.open('/logout');
      await citizen.browser.submit('/session/end/confirm', { logout: 'yes' });
      await citizen.browser.open('/account');
      expect(citizen.browser.text).not.toContain('véget ért');
      expect(await left(citizen)).toEqual({ secondsLeft: 0, final: false });
    });

    it('a stranger’s page can’t keep a session alive, nor lead elsewhere', async () => {
      const citizen = await atHome();
      const { action, fields } = citizen.browser.form('/session/stay');
      travel(20 * MINUTES);
      await citizen.browser.agent
        .post(action)
        .set({ accept: 'application/json', origin: 'https://evil.example' })
        .type('form')
        .send(fields);
      expect(await left(citizen)).toMatchObject({ secondsLeft: 10 * 60 });
      await citizen.browser.post(action, { ...fields, to: 'https://evil.example/' });
      expect(citizen.browser.page.path).toBe('/account');
    });

    it('of a login under way is said on each of its pages', async () => {
      const citizen = await Citizen.born(kapu);
      await citizen.browser.open('/account');
      expect(citizen.browser.text).toMatch(/Ezt a belépést \d\d:\d\d-ig fejezheti be/);
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

    it('calls a portal by its name while it is disabled, and gone only when it is', async () => {
      const citizen = await atHome();
      const passing = await Portal.join(kapu, { metadata: { client_name: 'Szünetelő Portál' } });
      await citizen.logsIn(passing);
      const told = async () => (await citizen.browser.open('/account/portals?lang=hu')).html;
      await kapu.clientChanges.disable(passing.clientId, { by: COMMAND_LINE });
      expect(await told()).toContain('Szünetelő Portál');
      await kapu.clientChanges.remove(passing.clientId, { by: COMMAND_LINE });
      expect(await told()).toContain('egy azóta megszűnt portál');
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

  it('leaks: nothing that lets anybody in lies in the log, the store’s files or a mail after a full journey', async () => {
    const citizen = await Citizen.born(kapu);
    const visit = await citizen.goesTo(portal, { ...OFFLINE, acr_values: kapu.env.acrValues.substantial });
    await citizen.entersPassword('rossz jelszó 12');
    await citizen.goesThrough();
    const callback = citizen.browser.page.left ?? '';
    const tokens = await visit.arrive(callback);
    const refreshed = await client.refreshTokenGrant(portal.config, String(tokens.refresh_token));
    travel(60 * SECONDS);
    const code = citizen.code();
    await citizen.comesHome('/account/password');
    await citizen.browser.submit('/password', { password: citizen.password, new_password: NEW_PASSWORD });
    expect(citizen.browser.page.path).toBe('/account');
    const session = citizen.browser.cookie('kapu.session');
    await citizen.browser.open('/logout');
    await citizen.browser.submit('/session/end/confirm', { logout: 'yes' });

    const secrets = {
      password: citizen.password,
      'new password': NEW_PASSWORD,
      'wrong password': 'rossz jelszó 12',
      'TOTP secret': citizen.secret,
      'deletion code': citizen.deletionCode,
      'deletion code as normalized': citizen.deletionCode?.replaceAll('-', ''),
      'code of the app': `"${code}"`,
      'authorization code': new URL(callback).searchParams.get('code') ?? undefined,
      'access token': tokens.access_token,
      'refresh token': tokens.refresh_token,
      'rotated refresh token': refreshed.refresh_token,
      'ID token': tokens.id_token,
      session,
    };
    const mails = (await kapu.mails()).join('\n');
    const store = storeFiles(kapu, redis);
    // Else nothing could be found in it.
    expect(store).toContain(citizen.username);
    const found = Object.entries(secrets).flatMap(([name, secret]) => {
      expect([name, secret]).toEqual([name, expect.stringMatching(/.{6,}/)]);
      const places = Object.entries({ log: kapu.logged(), store, mails });
      return places
        .filter(([, text]) => text.includes(String(secret)))
        .map(([place]) => `${name} in ${place}`);
    });
    expect(found).toEqual([]);
    expect(kapu.logged()).not.toContain(citizen.username);
  });
}

function olderOn(html: string): string | undefined {
  return /href="([^"]+)">Older events/.exec(html)?.[1];
}

/** Everything that the engine has on disk: what was overwritten or removed, too. */
function storeFiles({ env }: TestKapu, redis: RedisServer | undefined): string {
  const [, folder = ''] = redis?.command('config', 'get', 'dir').split(/\s+/) ?? [
    '',
    path.join(env.dataDir, 'store'),
  ];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files.map((file) => readFileSync(path.join(file.parentPath, file.name), 'utf8')).join('\n');
}
