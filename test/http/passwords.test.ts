/** Choosing, changing and losing a password: what a person can do, and what a stranger can't. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { Overloaded } from '../../provider/flows/ports.ts';
import { Browser } from '../support/browser.ts';
import { Citizen, PASSWORD } from '../support/citizen.ts';
import { type EngineName, onEachEngine } from '../support/engines.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { linkIn, mailsTo, mailTo } from '../support/mail.ts';
import { Portal } from '../support/portal.ts';
import { HOURS, MINUTES, releaseClock, SECONDS, stopClock, travel } from '../support/time.ts';
import { useKapu } from '../support/use-kapu.ts';

const NEW_PASSWORD = 'új jelszó három fa';
const DAYS = 24 * HOURS;
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0';

onEachEngine(passwords);

function passwords(engine: EngineName): void {
  let kapu: TestKapu;
  let portal: Portal;

  // As where every portal asks for a code, too; `account.test.ts` has the other case.
  const variables = { PASSWORD_MIN_LENGTH: '8' };
  useKapu(
    async (started) => {
      kapu = started;
      portal = await Portal.join(kapu);
    },
    { engine, variables },
  );
  beforeEach(() => travel(2 * HOURS));

  const emailOf = (citizen: Citizen) => `${citizen.username}@example.hu`;

  async function logsInAt(citizen: Citizen, password: string): Promise<boolean> {
    citizen.takesNewBrowser();
    await citizen.goesTo(portal);
    await citizen.choosesMethod('password');
    await citizen.entersPassword(password);
    return !citizen.browser.hasForm('/password');
  }

  async function atTheForm(citizen: Citizen): Promise<Browser> {
    await citizen.browser.open('/account/password');
    await citizen.goesThroughTo('/account/password');
    return citizen.browser;
  }

  describe('change of the password', () => {
    it('needs the old one, ends the other sessions, tells the owner and the history', async () => {
      const citizen = await Citizen.born(kapu);
      const elsewhere = citizen.browser;
      await citizen.logsIn(portal);
      citizen.takesNewBrowser();
      travel(1 * SECONDS);
      const browser = await atTheForm(citizen);
      expect(browser.page.html).toMatch(/name="password"[^>]*autocomplete="current-password"/s);
      expect(browser.page.html).toMatch(/name="new_password"[^>]*autocomplete="new-password"/s);

      await browser.submit('/account/password', { password: 'nem ez az', new_password: NEW_PASSWORD });
      expect(browser.page.status).toBe(422);
      expect(browser.text).toContain('Ez nem a jelenlegi jelszava');
      expect(browser.page.html).not.toContain(NEW_PASSWORD);

      await browser.submit('/account/password', { password: PASSWORD, new_password: NEW_PASSWORD });
      expect(browser.page).toMatchObject({ status: 200, path: '/account' });
      expect(browser.text).toContain('Az új jelszava elkészült');
      expect((await elsewhere.open('/account')).path).toMatch(/^\/interaction\//);
      expect((await browser.open('/account')).path).toBe('/account');

      await mailTo(kapu, emailOf(citizen), 'Megváltoztatták a fiókja jelszavát');
      const { events } = await historyOf(citizen);
      expect(events).toContain('password-changed');
      expect(await logsInAt(citizen, PASSWORD)).toBe(false);
      expect(await logsInAt(citizen, NEW_PASSWORD)).toBe(true);
    });

    it('asks for a login of the last five minutes, with the code of those who have one', async () => {
      const citizen = await Citizen.born(kapu, { enrolled: true });
      await citizen.logsIn(portal, { acr_values: kapu.env.acrValues.substantial });
      expect((await citizen.browser.open('/account/password')).path).toBe('/account/password');
      travel(6 * MINUTES);
      await citizen.browser.open('/account/password');
      expect(citizen.browser.hasForm('/password')).toBe(true);
      await citizen.entersPassword();
      expect(citizen.browser.hasForm('/code')).toBe(true);
    });

    it.each([
      ['rövid 1', 'legalább 8 karakter'],
      ['Szeretlek1', 'Ezt könnyű kitalálni'],
      ['ügyfélkapu99', 'a szolgáltatás nevénél'],
      [PASSWORD, 'Ez a mostani jelszava'],
    ])('refuses %s with the reason beside the field', async (chosen, reason) => {
      const citizen = await Citizen.born(kapu);
      const browser = await atTheForm(citizen);
      await browser.submit('/account/password', { password: PASSWORD, new_password: chosen });
      expect(browser.page.status).toBe(422);
      expect(browser.page.html).toMatch(new RegExp(`id="new_password-error"[^]*${reason}`));
      expect(browser.page.html).not.toContain(`value="${chosen}"`);
    });

    it('a login begun with the old password does not end with it', async () => {
      const citizen = await Citizen.born(kapu, { enrolled: true });
      await citizen.goesTo(portal);
      await citizen.choosesMethod('totp');
      await citizen.entersPassword();
      const thief = citizen.browser;
      expect(thief.hasForm('/code')).toBe(true);
      travel(1 * MINUTES);
      citizen.takesNewBrowser();
      const browser = await atTheForm(citizen);
      await browser.submit('/account/password', { password: PASSWORD, new_password: NEW_PASSWORD });
      travel(1 * MINUTES);
      await thief.submit('/code', { code: citizen.code() });
      expect(thief.hasForm('/password')).toBe(true);
      expect(thief.page.left).toBeUndefined();
    });

    it('a stranger who pauses the login does not keep the owner from it', async () => {
      const citizen = await Citizen.born(kapu);
      const browser = await atTheForm(citizen);
      await strangerPauses(citizen.username);
      await browser.submit('/account/password', { password: PASSWORD, new_password: NEW_PASSWORD });
      expect(browser.page.path).toBe('/account');
    });
  });

  async function historyOf({ accountId }: Citizen): Promise<{ events: string[] }> {
    await kapu.drain();
    return { events: (await kapu.history.of(accountId, 50)).map(({ kind }) => kind) };
  }

  /** Ten wrong passwords, as fast as the throttle lets them. */
  async function strangerPauses(username: string): Promise<Browser> {
    const stranger = new Browser(kapu.issuer);
    await stranger.open((await portal.visit()).url);
    await stranger.submit('/method', { method: 'password' });
    for (let tries = 0; tries < 10; tries += 1) {
      await stranger.submit('/password', { username, password: `próba ${tries}` });
      if (tries >= 4) travel(35 * SECONDS);
    }
    await stranger.submit('/password', { username, password: 'még egy' });
    expect(stranger.page.status).toBe(429);
    return stranger;
  }

  describe('forgotten password', () => {
    async function asksForLink(username: string, email: string, browser = new Browser(kapu.issuer)) {
      await browser.open('/forgotten-password');
      return browser.submit('/forgotten-password', { username, email });
    }
    const linkOf = async (citizen: Citizen) =>
      linkIn(await mailTo(kapu, emailOf(citizen), '/forgotten-password/'), '/forgotten-password');

    it('a mailed link leads to a new password; all sessions end', async () => {
      const citizen = await Citizen.born(kapu);
      await citizen.logsIn(portal);
      const loggedIn = citizen.browser;
      await asksForLink(citizen.username.toUpperCase(), ` ${emailOf(citizen)} `);
      const reader = new Browser(kapu.issuer);
      const link = await linkOf(citizen);
      await reader.open(link);
      expect(reader.text).toContain(citizen.username);
      await reader.submit(new URL(link).pathname, { new_password: 'Budapest2024!' });
      expect(reader.page.html).toMatch(/id="new_password-error"/);
      await reader.submit(new URL(link).pathname, { new_password: NEW_PASSWORD });
      expect(reader.page).toMatchObject({ status: 200, path: '/forgotten-password/done' });
      expect((await reader.open('/account')).path).toMatch(/^\/interaction\//);
      expect((await loggedIn.open('/account')).path).toMatch(/^\/interaction\//);
      expect(await logsInAt(citizen, PASSWORD)).toBe(false);
      expect(await logsInAt(citizen, NEW_PASSWORD)).toBe(true);
      await mailTo(kapu, emailOf(citizen), 'Megváltoztatták a fiókja jelszavát');
      expect((await historyOf(citizen)).events).toEqual(
        expect.arrayContaining(['password-link-sent', 'password-reset']),
      );
    });

    it('account takeover by mailbox: the second factor stays required', async () => {
      const citizen = await Citizen.born(kapu, { enrolled: true });
      await asksForLink(citizen.username, emailOf(citizen));
      const thief = new Browser(kapu.issuer);
      const link = await linkOf(citizen);
      await thief.open(link);
      await thief.submit(new URL(link).pathname, { new_password: NEW_PASSWORD });
      await thief.open('/account');
      await thief.submit('/method', { method: 'password' });
      await thief.submit('/password', { username: citizen.username, password: NEW_PASSWORD });
      expect(thief.hasForm('/code')).toBe(true);
      expect((await thief.open('/account')).path).not.toBe('/account');
    });

    it('mail scanners: opening a link spends nothing, using it spends it, in two windows once', async () => {
      const citizen = await Citizen.born(kapu);
      await asksForLink(citizen.username, emailOf(citizen));
      const link = await linkOf(citizen);
      const [first, second] = [new Browser(kapu.issuer), new Browser(kapu.issuer)];
      for (let looks = 0; looks < 3; looks += 1) await new Browser(kapu.issuer).open(link);
      await Promise.all([first.open(link), second.open(link)]);
      const { pathname } = new URL(link);
      await Promise.all([
        first.submit(pathname, { new_password: NEW_PASSWORD }),
        second.submit(pathname, { new_password: `${NEW_PASSWORD} más` }),
      ]);
      expect([first, second].map(({ page }) => page.status).toSorted()).toEqual([200, 410]);
      expect((await first.open(link)).status).toBe(410);
      expect(first.text).toContain('Ez a hivatkozás már nem érvényes');
    });

    it('a link is good for 60 minutes, and only the newest one', async () => {
      const citizen = await Citizen.born(kapu);
      await asksForLink(citizen.username, emailOf(citizen));
      const older = await linkOf(citizen);
      travel(2 * MINUTES);
      await asksForLink(citizen.username, emailOf(citizen));
      const newer = await linkOf(citizen);
      expect(newer).not.toBe(older);
      const reader = new Browser(kapu.issuer);
      expect((await reader.open(older)).status).toBe(410);
      expect((await reader.open(newer)).status).toBe(200);
      travel(60 * MINUTES);
      expect((await reader.open(newer)).status).toBe(410);
    });

    it('a forged or foreign token is a dead link', async () => {
      const citizen = await Citizen.born(kapu);
      const reader = new Browser(kapu.issuer);
      for (const token of ['x', `${citizen.accountId}.`, `${citizen.accountId}.${'A'.repeat(43)}`, '%00']) {
        const page = await reader.open(`/forgotten-password/${token}`);
        expect([404, 410, 400]).toContain(page.status);
        expect(page.html).not.toContain('new_password');
      }
    });

    it('enumeration: the answer is the same bytes for a known and an unknown name, and a wrong address', async () => {
      const citizen = await Citizen.born(kapu);
      const locked = await Citizen.born(kapu);
      await locked.becomes({ status: 'locked' });
      const answers = [];
      for (const [username, email] of [
        [citizen.username, emailOf(citizen)],
        [citizen.username, 'mas@example.hu'],
        [locked.username, emailOf(locked)],
        ['nincs-ilyen', 'nincs@example.hu'],
      ] as const) {
        const { status, path, html } = await asksForLink(username, email);
        answers.push({ status, path, html: html.replace(/value="[^"]*"/g, '') });
      }
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(await mailsTo(kapu, emailOf(locked))).toEqual([]);
      expect(await mailsTo(kapu, 'mas@example.hu')).toEqual([]);
    });

    it('flooding a mailbox: asking over and over is throttled, alike for a name that does not exist', async () => {
      const citizen = await Citizen.born(kapu);
      const statuses = async (username: string) => {
        const seen = [];
        for (let tries = 0; tries < 7; tries += 1)
          seen.push((await asksForLink(username, emailOf(citizen))).status);
        return seen;
      };
      const known = await statuses(citizen.username);
      expect(known).toEqual(await statuses('nincs-ilyen-sem'));
      expect(known.filter((status) => status === 429).length).toBeGreaterThan(0);
      expect((await mailsTo(kapu, emailOf(citizen))).length).toBeLessThanOrEqual(4);
    });

    it('a stranger who knows the name alone does not use up the tries of its owner', async () => {
      const citizen = await Citizen.born(kapu);
      for (let tries = 0; tries < 7; tries += 1) await asksForLink(citizen.username, 'mas@example.hu');
      expect((await asksForLink(citizen.username, emailOf(citizen))).status).toBe(200);
      expect(await linkOf(citizen)).toContain('/forgotten-password/');
    });

    it('leads back to the login that the person came from, on the same browser alone', async () => {
      const citizen = await Citizen.born(kapu);
      const visit = await citizen.goesTo(portal);
      await citizen.choosesMethod('password');
      const href = /href="(\/forgotten-password[^"]*)"/.exec(citizen.browser.page.html)?.[1];
      await citizen.browser.open(String(href));
      await citizen.browser.submit('/forgotten-password', {
        username: citizen.username,
        email: emailOf(citizen),
      });
      const link = await linkOf(citizen);
      await citizen.browser.open(link);
      await citizen.browser.submit(new URL(link).pathname, { new_password: NEW_PASSWORD });
      const back = /href="(\/interaction\/[^"]+)"/.exec(citizen.browser.page.html)?.[1];
      await citizen.browser.open(String(back));
      await citizen.entersPassword(NEW_PASSWORD);
      if (citizen.browser.hasForm('/consent')) await citizen.consents();
      await expect(visit.arrive(citizen.browser.page.left ?? '')).resolves.toBeTruthy();
      expect((await new Browser(kapu.issuer).open('/forgotten-password/done')).html).not.toContain(
        '/interaction/',
      );
    });
  });

  describe('first login', () => {
    async function registered(username: string) {
      const email = `${username}@example.hu`;
      const answer = await kapu.registerAccount(
        { username, email, person: { givenName: 'Ilona' } },
        { by: COMMAND_LINE },
      );
      if (!answer.ok) throw new Error(answer.because);
      return { ...answer, email, link: linkIn(await mailTo(kapu, email), '/activation') };
    }

    it('an activation link leads to a password of one’s own, and to Ügyfélkapu+', async () => {
      const { link, activation, account } = await registered(`uj-${engine}`);
      expect(activation?.link).toBe(link);
      const browser = new Browser(kapu.issuer);
      await browser.open(link);
      expect(browser.text).toContain(account.username);
      await browser.submit(new URL(link).pathname, { new_password: NEW_PASSWORD });
      expect(browser.page).toMatchObject({ status: 200, path: '/activation/done' });
      await browser.open('/account/plus');
      await browser.submit('/password', { username: account.username, password: NEW_PASSWORD });
      expect(browser.hasForm('/enrol')).toBe(true);
      expect((await browser.open(link)).html).not.toContain('new_password');
      const { email, confirmedEmail } = (await kapu.accounts.find(account.id)) ?? {};
      expect(confirmedEmail).toBe(email);
    });

    it('nobody gets in before a password was chosen', async () => {
      const { account } = await registered(`korai-${engine}`);
      const browser = new Browser(kapu.issuer);
      await browser.open('/account');
      await browser.submit('/method', { method: 'password' });
      for (const password of ['undefined', 'null', ' ', '0']) {
        await browser.submit('/password', { username: account.username, password });
        expect(browser.hasForm('/password')).toBe(true);
      }
    });

    it('an expired link is renewed from its own page for 60 days, with the same answer for any token', async () => {
      const { link, email } = await registered(`lassu-${engine}`);
      travel(5 * DAYS);
      const browser = new Browser(kapu.issuer);
      await browser.open(link);
      expect(browser.text).toContain('Ez a hivatkozás már nem érvényes');
      await browser.submit('/renew');
      const sent = browser.page;
      const renewed = linkIn(await mailTo(kapu, email), '/activation');
      expect(renewed).not.toBe(link);

      await browser.open('/activation/nincs.ilyen');
      await browser.submit('/renew');
      expect(browser.page.html).toBe(sent.html);

      travel(57 * DAYS);
      const mails = (await mailsTo(kapu, email)).length;
      await browser.open(renewed);
      await browser.submit('/renew');
      expect(browser.page.html).toBe(sent.html);
      expect(await mailsTo(kapu, email)).toHaveLength(mails);
    });

    it('the mailbox alone never makes a second factor nor a session', async () => {
      const { link } = await registered(`csak-posta-${engine}`);
      const browser = new Browser(kapu.issuer);
      await browser.open(link);
      await browser.submit(new URL(link).pathname, { new_password: NEW_PASSWORD });
      expect((await browser.open('/account')).path).toMatch(/^\/interaction\//);
    });

    it('a forgotten-password request before the first login sends an activation link again', async () => {
      const { email, account } = await registered(`elveszett-${engine}`);
      const before = (await mailsTo(kapu, email)).length;
      const browser = new Browser(kapu.issuer);
      await browser.open('/forgotten-password');
      await browser.submit('/forgotten-password', { username: account.username, email });
      expect((await mailsTo(kapu, email)).length).toBe(before + 1);
      linkIn(await mailTo(kapu, email), '/activation');
    });
  });

  describe('lockout by a stranger', () => {
    async function strangerAt(username: string): Promise<Browser> {
      const browser = new Browser(kapu.issuer);
      await browser.open((await portal.visit({ login_hint: username })).url);
      await browser.submit('/method', { method: 'password' });
      return browser;
    }

    it('does not reach a browser that the owner has used before', async () => {
      const citizen = await Citizen.born(kapu);
      await citizen.logsIn(portal);
      await strangerPauses(citizen.username);
      await citizen.goesTo(portal, { prompt: 'login' });
      await citizen.entersPassword();
      expect(citizen.browser.page.left).toBeDefined();
    });

    it('does not reach an owner who has the code, on any browser', async () => {
      const citizen = await Citizen.born(kapu, { enrolled: true });
      await strangerPauses(citizen.username);
      const browser = await strangerAt(citizen.username);
      const { username } = citizen;
      await browser.submit('/password', { username, password: PASSWORD });
      expect(browser.page.status).toBe(429);
      expect(browser.text).toContain('Ha van hitelesítő alkalmazása, nem kell várnia');
      await browser.submit('/password', { username, password: PASSWORD, code: citizen.code() });
      if (browser.hasForm('/consent')) await browser.submit('/consent');
      expect(browser.page.left).toMatch(/code=/);
    });

    it('oracle: without the right code a right password is refused like a wrong one', async () => {
      const enrolled = await Citizen.born(kapu, { enrolled: true });
      const plain = await Citizen.born(kapu);
      const answers = new Set<string>();
      for (const [username, password, code] of [
        [enrolled.username, PASSWORD, '000000'],
        [enrolled.username, 'nem ez az', enrolled.code()],
        [plain.username, PASSWORD, '123456'],
        ['nincs-ilyen', PASSWORD, '123456'],
      ] as const) {
        const browser = await strangerAt(username);
        await browser.submit('/password', { username, password, code });
        const neutral = browser.page.html
          .replaceAll(username, 'NAME')
          .replace(/value="[\w-]{20,}"/g, '')
          .replace(/(?<=\/interaction\/|\?login=)[\w-]+/g, '');
        answers.add(`${browser.page.status} ${neutral}`);
      }
      expect(answers.size).toBe(1);
    });

    it('guessing codes that way counts against the code: after five not even the right one passes', async () => {
      const citizen = await Citizen.born(kapu, { enrolled: true });
      const browser = await strangerAt(citizen.username);
      const { username } = citizen;
      for (const code of ['000001', '000002', '000003', '000004', '000005', citizen.code()]) {
        await browser.submit('/password', { username, password: PASSWORD, code });
        expect(browser.page.status).toBe(422);
      }
      await mailTo(kapu, emailOf(citizen), 'hibás kódot');
    });

    it('a code typed there is burnt like any other', async () => {
      const citizen = await Citizen.born(kapu, { enrolled: true });
      const code = citizen.code();
      const { username } = citizen;
      const [first, second] = [await strangerAt(username), await strangerAt(username)];
      await first.submit('/password', { username, password: PASSWORD, code });
      await second.submit('/password', { username, password: PASSWORD, code });
      expect(first.hasForm('/password')).toBe(false);
      expect(second.page.status).toBe(422);
    });

    it('the mark of a known browser is no bypass: ten tries, then a pause of its own', async () => {
      const citizen = await Citizen.born(kapu);
      await citizen.logsIn(portal);
      await citizen.goesTo(portal, { prompt: 'login' });
      for (let tries = 0; tries < 10; tries += 1) {
        await citizen.entersPassword(`próba ${tries}`);
        travel(35 * SECONDS);
      }
      await citizen.entersPassword();
      expect(citizen.browser.page.status).toBe(429);
    });

    it('the mark of a thief who had the old password gives no tries of its own after a change', async () => {
      const citizen = await Citizen.born(kapu);
      await citizen.logsIn(portal);
      const thief = citizen.browser;
      citizen.takesNewBrowser();
      travel(1 * SECONDS);
      const browser = await atTheForm(citizen);
      await browser.submit('/account/password', { password: PASSWORD, new_password: NEW_PASSWORD });
      await strangerPauses(citizen.username);
      await thief.open((await portal.visit({ prompt: 'login' })).url);
      await thief.submit('/password', { username: citizen.username, password: PASSWORD });
      expect(thief.page.status).toBe(429);
    });

    it('the mark works for the account that it was given to, and can not be made', async () => {
      const citizen = await Citizen.born(kapu);
      const other = await Citizen.born(kapu);
      await other.logsIn(portal);
      expect(other.browser.cookie('kapu.browser')).not.toContain(other.username);
      await strangerPauses(citizen.username);
      await other.goesTo(portal, { prompt: 'login' });
      await other.browser.submit('/password', { username: citizen.username, password: PASSWORD });
      expect(other.browser.page.status).toBe(429);

      const forger = new Browser(kapu.issuer, { cookie: `kapu.browser=${'A'.repeat(24)}.${'B'.repeat(43)}` });
      await forger.open((await portal.visit()).url);
      expect(forger.page.status).toBe(200);
    });
  });

  describe('login from a new browser', () => {
    it('tells the owner, but for the first one ever and for browsers that they have used', async () => {
      const citizen = await Citizen.born(kapu, { headers: { 'user-agent': FIREFOX } });
      const portal = await Portal.join(kapu, {
        metadata: { 'client_name#hu': 'Teszt Portál', 'client_name#en': 'Test portal' },
      });
      const count = async () =>
        (await mailsTo(kapu, emailOf(citizen))).filter((mail) => mail.includes('127.0.0.1')).length;
      await citizen.logsIn(portal);
      expect(await count()).toBe(0);
      await citizen.logsIn(portal, { prompt: 'login' });
      expect(await count()).toBe(0);
      citizen.takesNewBrowser({ 'user-agent': FIREFOX });
      await citizen.logsIn(portal, { ui_locales: 'en' });
      expect(await count()).toBe(1);
      const mail = await mailTo(kapu, emailOf(citizen), '127.0.0.1');
      expect(mail).toContain('Firefox');
      expect(mail).toContain('Teszt Portál');
      await citizen.logsIn(portal, { prompt: 'login' });
      expect(await count()).toBe(1);
    });

    it('tells also an owner whose old logins have been dropped from the history', async () => {
      const citizen = await Citizen.born(kapu, { headers: { 'user-agent': FIREFOX } });
      await kapu.accounts.update(citizen.accountId, (account) => {
        const password = account.password && { ...account.password, changedAt: 0 };
        return { account: { ...account, ...(password && { password }) }, result: undefined };
      });
      await citizen.logsIn(portal);
      await mailTo(kapu, emailOf(citizen), '127.0.0.1');
    });
  });

  it('leaks: no password, link or token in the log', async () => {
    const logged = kapu.logged();
    expect(logged).toContain('/forgotten-password/:token');
    for (const secret of [PASSWORD, NEW_PASSWORD, 'Budapest2024!']) expect(logged).not.toContain(secret);
    expect(logged).not.toMatch(/(?:forgotten-password|activation)\/[\w-]{20,}\./);
  });
}

describe('throttles by address', () => {
  it('an IPv6 network of a household is one address, and the next one another', async () => {
    stopClock();
    const kapu = await startKapu({ variables: { TRUST_PROXY: '127.0.0.1,::1' } });
    const portal = await Portal.join(kapu);
    const at = async (address: string) => {
      const browser = new Browser(kapu.issuer, { 'x-forwarded-for': address });
      await browser.open((await portal.visit()).url);
      await browser.submit('/method', { method: 'password' });
      return browser;
    };
    const guesser = await at('2001:db8::1');
    for (let tries = 0; tries < 90; tries += 1) {
      await guesser.submit('/password', { username: `nev${tries}`, password: 'x' });
    }
    const status = async (address: string) =>
      (await (await at(address)).submit('/password', { username: 'valaki', password: 'x' })).status;
    expect(await status('2001:db8::ffff:2')).toBe(429);
    expect(await status('2001:db8:0:1::1')).toBe(422);
    await kapu.stop();
    releaseClock();
  });
});

describe('too many passwords at once', () => {
  it('is told with 503 on the same page, with the name still there and no try counted', async () => {
    let busy = false;
    const kapu = await startKapu({
      wrapHasher: (hasher) => ({
        ...hasher,
        verify: (hash, secret) => {
          if (busy) throw new Overloaded('busy');
          return hasher.verify(hash, secret);
        },
      }),
    });
    const citizen = await Citizen.born(kapu);
    await citizen.goesTo(await Portal.join(kapu));
    await citizen.choosesMethod('password');
    busy = true;
    for (let tries = 0; tries < 12; tries += 1) await citizen.entersPassword();
    expect(citizen.browser.page).toMatchObject({ status: 503, headers: { 'retry-after': '10' } });
    expect(citizen.browser.page.html).toContain(`value="${citizen.username}"`);
    expect(citizen.browser.page.html).not.toContain(PASSWORD);
    busy = false;
    await citizen.entersPassword();
    expect(citizen.browser.hasForm('/consent')).toBe(true);
    await kapu.stop();
  });
});
