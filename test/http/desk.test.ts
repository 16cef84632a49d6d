/** The console of the staff: who gets in, who has which role, and what the desk does for people. */
import { describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import type { Role } from '../../provider/core/account.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import type { Doing } from '../../provider/core/doing.ts';
import { dataTag } from '../../provider/flows/desk/correction.ts';
import { Browser, formsOf } from '../support/browser.ts';
import { Citizen } from '../support/citizen.ts';
import { type EngineName, onEachEngine } from '../support/engines.ts';
import type { TestKapu } from '../support/kapu.ts';
import { linkIn, mailsTo, mailTo } from '../support/mail.ts';
import { Portal } from '../support/portal.ts';
import { HOURS, MINUTES, travel } from '../support/time.ts';
import { useKapu } from '../support/use-kapu.ts';

const BY = { by: COMMAND_LINE };

onEachEngine(desk);

function desk(engine: EngineName): void {
  let kapu: TestKapu;
  let portal: Portal;

  useKapu(
    async (started) => {
      kapu = started;
      portal = await Portal.join(kapu);
    },
    { engine },
  );

  const asStaff = (one: Citizen | undefined): Doing => ({
    by: { kind: 'account', id: one?.accountId ?? '', name: `Név (${one?.username})` },
  });

  const staff = (role: Role) => Citizen.staff(kapu, role);

  describe('the console', () => {
    it('is for those who have a role, and tells others so at once, without making them enrol', async () => {
      const citizen = await Citizen.born(kapu);
      await citizen.comesHome();
      expect(citizen.browser.page.html).not.toContain('href="/admin"');
      const { status } = await citizen.browser.open('/admin');
      expect(status).toBe(403);
      const [newest] = await kapu.history.of(citizen.accountId, 1);
      expect(newest).toMatchObject({ kind: 'access-refused' });
    });

    it('wants the second factor of who came in with a password alone', async () => {
      const operator = await staff('operator');
      await operator.goesTo(portal);
      await operator.choosesMethod('password');
      await operator.entersPassword();
      await operator.consents();
      await operator.browser.open('/admin');
      expect(operator.browser.hasForm('/code')).toBe(true);
      await operator.goesThroughTo('/admin');
      expect(operator.browser.text).toContain('Ügyintézői felület');
      expect(operator.browser.page.html).toContain('aria-current="page"');
      await operator.browser.open('/account');
      expect(operator.browser.page.html).toContain('href="/admin"');
    });

    it('closes the moment that the role is taken away', async () => {
      const operator = await staff('operator');
      await operator.comesHome('/admin');
      await kapu.staffRoles.take(operator.accountId, 'operator', BY);
      expect((await operator.browser.open('/admin')).status).toBe(403);
    });
  });

  describe('who handles whom', () => {
    it('operators citizens, admins staff, nobody themselves, a program no staff', async () => {
      const [operator, other, admin, boss] = await Promise.all(
        (['operator', 'operator', 'admin', 'admin'] as const).map(staff),
      );
      const citizen = await Citizen.born(kapu);
      const api = { by: { kind: 'client', id: 'api', name: 'api' } } as const;
      const table: [Doing, Citizen | undefined, boolean][] = [
        [asStaff(operator), citizen, true],
        [asStaff(operator), other, false],
        [asStaff(operator), admin, false],
        [asStaff(operator), operator, false],
        [asStaff(admin), citizen, false],
        [asStaff(admin), other, true],
        [asStaff(admin), boss, true],
        [asStaff(admin), admin, false],
        [asStaff(citizen), other, false],
        [asStaff(citizen), citizen, false],
        [api, citizen, true],
        [api, operator, false],
        [BY, boss, true],
      ];
      const acts = Object.entries({
        unlock: kapu.deskAccess.unlock,
        endSessions: kapu.deskAccess.endSessions,
        sendPasswordLink: kapu.deskAccess.sendPasswordLink,
      });
      for (const [doing, whom, may] of table)
        for (const [name, act] of acts) {
          const result = await act(whom?.accountId ?? '', doing);
          expect([name, doing.by.name, result.ok]).toEqual([name, doing.by.name, may]);
          if (!result.ok) expect(result.because).toBe('not-yours-to-handle');
        }
      expect(await kapu.deskAccess.lock(boss?.accountId ?? '', asStaff(admin))).toMatchObject({
        because: 'still-admin',
      });
      expect(await kapu.deskAccess.close(boss?.accountId ?? '', BY)).toMatchObject({
        because: 'still-admin',
      });
    });
  });

  describe('an account that the desk locks', () => {
    it('is out at once: session, tokens and login; unlocked it is in again, pauses included', async () => {
      const operator = asStaff(await staff('operator'));
      const citizen = await Citizen.born(kapu);
      const tokens = await citizen.logsIn(portal, { scope: 'openid offline_access', prompt: 'consent' });
      expect(await kapu.deskAccess.lock(citizen.accountId, { ...operator, why: 'kérte' })).toMatchObject({
        ok: true,
      });
      expect((await citizen.browser.open('/account')).path).not.toBe('/account');
      await expect(client.refreshTokenGrant(portal.config, String(tokens.refresh_token))).rejects.toThrow();
      const known = citizen.browser;
      citizen.takesNewBrowser();
      const strange = citizen.browser;
      for (const browser of [known, strange]) {
        citizen.browser = browser;
        await browser.open('/account');
        if (browser.hasForm('/method')) await citizen.choosesMethod('password');
        for (let wrong = 0; wrong < 9; wrong += 1) await citizen.entersPassword();
        expect(browser.hasForm('/password')).toBe(true);
      }
      await kapu.deskAccess.unlock(citizen.accountId, operator);
      for (const browser of [known, strange]) {
        citizen.browser = browser;
        await citizen.entersPassword();
        expect(browser.page.path).toBe('/account');
      }
      await citizen.browser.open('/account/history?lang=en');
      expect(citizen.browser.text).toContain('The account was locked');
      expect(citizen.browser.text).toContain('the help desk');
      expect(citizen.browser.text).not.toContain(operator.by.name);
      await mailTo(kapu, citizen.username, 'zárolta a fiókját');
      await mailTo(kapu, citizen.username, 'feloldotta a fiókja zárolását');
    });
  });

  describe('a correction', () => {
    it('stands in the history with what was and is; a second one on old data is told so', async () => {
      const operator = asStaff(await staff('operator'));
      const { accountId, username } = await Citizen.born(kapu);
      const account = await kapu.accounts.find(accountId);
      if (!account) throw new Error('no account');
      const basedOn = dataTag(account);
      const typed = { ...account.person, email: account.email, familyName: ' <b>Új</b>\u0000 Név ' };
      expect(await kapu.deskCorrection(accountId, { typed, basedOn }, operator)).toMatchObject({ ok: true });
      const [event] = await kapu.history.of(accountId, 1);
      expect(event).toMatchObject({
        kind: 'data-corrected',
        by: operator.by,
        changes: [{ field: 'familyName', was: 'Kovács', is: '<b>Új</b> Név' }],
      });
      expect(await kapu.deskCorrection(accountId, { typed, basedOn }, operator)).toMatchObject({
        because: 'changed-meanwhile',
      });
      const found = await kapu.accounts.findByName('b uj b nev', { limit: 5 });
      expect(found.accounts.map((one) => one.username)).toContain(username);
    });

    it.each([
      [{ birthdate: '2024-02-30' }, 'malformed-birthdate'],
      [{ birthdate: '2999-01-01' }, 'malformed-birthdate'],
      [{ birthdate: '1957.03.14.' }, 'malformed-birthdate'],
      [{ email: 'a@b' }, 'malformed-email'],
      [{ email: '' }, 'malformed-email'],
    ])('refuses %j', async (wrong, because) => {
      const operator = asStaff(await staff('operator'));
      const { accountId } = await Citizen.born(kapu);
      const account = await kapu.accounts.find(accountId);
      if (!account) throw new Error('no account');
      const typed = { ...account.person, email: account.email, ...wrong };
      const basedOn = dataTag(account);
      expect(await kapu.deskCorrection(accountId, { typed, basedOn }, operator)).toMatchObject({ because });
    });

    it('of the address tells both mailboxes, and kills the link on its way to the old one', async () => {
      const operator = asStaff(await staff('operator'));
      const { accountId, username } = await Citizen.born(kapu);
      await kapu.deskAccess.sendPasswordLink(accountId, operator);
      const account = await kapu.accounts.find(accountId);
      if (!account) throw new Error('no account');
      const typed = { ...account.person, email: `uj-${username}@example.hu` };
      await kapu.deskCorrection(accountId, { typed, basedOn: dataTag(account) }, operator);
      expect((await kapu.accounts.find(accountId))?.passwordLink).toBeUndefined();
      for (const to of [username, `uj-${username}`])
        expect(await mailTo(kapu, to, 'Megváltoztatták')).toContain('e-mail-címet');
    });
  });

  describe('an address that the desk has changed', () => {
    it('gets no link to a new password for a day, or one member of staff alone could take an account over', async () => {
      const operator = asStaff(await staff('operator'));
      const program: Doing = { by: { kind: 'client', id: 'gep', name: 'Gép' } };
      for (const thief of [operator, program]) {
        const { accountId, username } = await Citizen.born(kapu);
        const email = `tolvaj-${username}@example.hu`;
        const account = (await kapu.accounts.find(accountId))!;
        const correction = { typed: { ...account.person, email }, basedOn: dataTag(account) };
        expect(await kapu.deskCorrection(accountId, correction, thief)).toMatchObject({ ok: true });
        const asksForLink = async () => {
          const browser = new Browser(kapu.issuer);
          await browser.open('/forgotten-password');
          await browser.submit('/forgotten-password', { username, email });
          await kapu.drain();
          return (await kapu.accounts.find(accountId))?.passwordLink;
        };
        expect(await kapu.deskAccess.sendPasswordLink(accountId, thief)).toMatchObject({
          because: 'address-too-new',
        });
        expect(await asksForLink()).toBeUndefined();
        travel(25 * HOURS);
        expect(await asksForLink()).toMatchObject({ purpose: 'reset' });
      }
    });
  });

  describe('registering at the desk', () => {
    const typed = {
      familyName: 'Egyedi',
      givenName: 'Ilona',
      birthdate: '1944-05-06',
      mothersBirthName: 'Nagy Éva',
    };

    it('mails the link, warns of who may be the same, and goes on when told to', async () => {
      const operator = asStaff(await staff('operator'));
      const wanted = {
        username: `Ilona-${engine}`,
        data: { ...typed, email: `ilona-${engine}@example.hu` },
        language: 'hu',
        despite: false,
      } as const;
      expect(await kapu.deskRegistration(wanted, operator)).toMatchObject({ ok: true });
      linkIn(await mailTo(kapu, `ilona-${engine}`), '/activation');
      const same = { ...wanted, username: `ilona2-${engine}` };
      expect(await kapu.deskRegistration(same, operator)).toMatchObject({
        because: 'similar-accounts',
        similar: [{ like: 'person', account: { username: `ilona-${engine}` } }],
      });
      const family = { ...same, data: { ...wanted.data, givenName: 'Péter' } };
      expect(await kapu.deskRegistration(family, operator)).toMatchObject({ similar: [{ like: 'email' }] });
      expect(await kapu.deskRegistration({ ...family, despite: true }, operator)).toMatchObject({ ok: true });
      expect(await kapu.deskRegistration({ ...family, despite: true }, operator)).toMatchObject({
        because: 'username-taken',
      });
    });
  });

  describe('a lost second factor', () => {
    const paper = { type: 'passport', ending: ' ab 12' } as const;

    async function asked() {
      const first = asStaff(await staff('operator'));
      const second = asStaff(await staff('operator'));
      const citizen = await Citizen.born(kapu, { enrolled: true });
      await citizen.comesHome();
      expect(await kapu.deskResets.ask(citizen.accountId, paper, first)).toMatchObject({ ok: true });
      const id = (await kapu.accounts.find(citizen.accountId))?.factorReset?.id ?? '';
      return { first, second, citizen, id };
    }
    const carriedOut = async () => {
      kapu.sweep();
      await kapu.drain();
    };

    it('takes two members of staff, a mail and a day; then the person enrols anew at the next login', async () => {
      const { first, second, citizen, id } = await asked();
      const { accountId } = citizen;
      expect(await kapu.deskResets.confirm(accountId, id, first)).toMatchObject({ because: 'own-proposal' });
      expect(await kapu.deskResets.confirm(accountId, 'other', second)).toMatchObject({
        because: 'reset-gone',
      });
      const confirmed = await Promise.all(
        [1, 2, 3].map(() => kapu.deskResets.confirm(accountId, id, second)),
      );
      expect(confirmed.filter(({ ok }) => ok)).toHaveLength(1);
      linkIn(await mailTo(kapu, citizen.username), '/object');
      travel(24 * HOURS - 1);
      await carriedOut();
      expect((await kapu.accounts.find(accountId))?.authenticators).toHaveLength(1);
      travel(1);
      await Promise.all([carriedOut(), carriedOut()]);
      expect(await kapu.accounts.find(accountId)).toMatchObject({ authenticators: [] });
      expect(await kapu.storage.sessions.of(accountId)).toEqual([]);
      await mailTo(kapu, citizen.username, 'eltávolítottuk a fiókjából');
      const kinds = (await kapu.history.of(accountId, 5)).map(({ kind }) => kind);
      expect(kinds.slice(0, 2)).toEqual(['factor-reset-done', 'authenticator-removed']);
      const stored = JSON.stringify(await kapu.history.of(accountId, 50));
      expect(stored).toContain('"ending":"AB12"');
      const strict = await Portal.join(kapu, { acr: 'substantial' });
      citizen.takesNewBrowser();
      delete citizen.secret;
      await citizen.logsIn(strict);
      expect((await kapu.accounts.find(accountId))?.authenticators).toHaveLength(1);
    });

    it('is told to the mailbox of before as well, that nobody sends the mail astray and takes the account', async () => {
      const [first, second] = [asStaff(await staff('operator')), asStaff(await staff('operator'))];
      const citizen = await Citizen.born(kapu, { enrolled: true });
      const { accountId } = citizen;
      const thief = (number: number) => `tolvaj${number}-${citizen.username}@example.hu`;
      for (const number of [1, 2]) {
        const account = (await kapu.accounts.find(accountId))!;
        const typed = { ...account.person, email: thief(number) };
        const correction = { typed, basedOn: dataTag(account) };
        expect(await kapu.deskCorrection(accountId, correction, first)).toMatchObject({ ok: true });
      }
      await kapu.deskResets.ask(accountId, paper, first);
      const id = (await kapu.accounts.find(accountId))?.factorReset?.id ?? '';
      await kapu.deskResets.confirm(accountId, id, second);
      linkIn(await mailTo(kapu, thief(2)), '/object');
      const { pathname } = new URL(linkIn(await mailTo(kapu, `${citizen.username}@`, '/object'), '/object'));
      const owner = new Browser(kapu.issuer);
      await owner.open(pathname);
      await owner.submit(pathname);
      travel(25 * HOURS);
      await carriedOut();
      expect((await kapu.accounts.find(accountId))?.authenticators).toHaveLength(1);
    });

    it('is stopped by the link in the mail, once, and by a button, not by opening it', async () => {
      const { second, citizen, id } = await asked();
      await kapu.deskResets.confirm(citizen.accountId, id, second);
      const link = new URL(linkIn(await mailTo(kapu, citizen.username), '/object')).pathname;
      const stranger = new Browser(kapu.issuer);
      expect((await stranger.open(link)).status).toBe(200);
      expect((await kapu.accounts.find(citizen.accountId))?.factorReset).toBeDefined();
      await stranger.submit(link);
      expect(stranger.page.path).toBe('/objected');
      await stranger.open(link);
      await stranger.submit(link);
      expect(stranger.text).toContain('Ez a hivatkozás már nem érvényes');
      travel(25 * HOURS);
      await carriedOut();
      expect((await kapu.accounts.find(citizen.accountId))?.authenticators).toHaveLength(1);
      expect(kapu.logged()).toContain('a person objected');
    });

    it('is not confirmed once whoever asked is no longer staff: what they asked for was theirs alone', async () => {
      const { first, second, citizen, id } = await asked();
      await kapu.staffRoles.take(first.by.id, 'operator', BY);
      expect(await kapu.deskResets.confirm(citizen.accountId, id, second)).toMatchObject({
        because: 'asker-gone',
      });
      const locked = await asked();
      await kapu.deskAccess.lock(locked.first.by.id, BY);
      expect(await kapu.deskResets.confirm(locked.citizen.accountId, locked.id, second)).toMatchObject({
        because: 'asker-gone',
      });
      expect(await kapu.deskResets.withdraw(citizen.accountId, id, second)).toMatchObject({ ok: true });
    });

    it.each(['lock', 'close'] as const)(
      '%s ends it: an account that comes back has its devices',
      async (act) => {
        const { first, second, citizen, id } = await asked();
        const { accountId } = citizen;
        await kapu.deskResets.confirm(accountId, id, second);
        expect(await kapu.deskAccess[act](accountId, second)).toMatchObject({ ok: true });
        travel(25 * HOURS);
        await carriedOut();
        await citizen.becomes({ status: 'active' });
        await carriedOut();
        expect((await kapu.accounts.find(accountId))?.authenticators).toHaveLength(1);
        expect(await kapu.deskResets.ask(accountId, paper, first)).toMatchObject({ ok: true });
      },
    );

    it('is forgotten when nobody confirms within a day, and can be withdrawn', async () => {
      const { first, second, citizen, id } = await asked();
      expect(await kapu.deskResets.ask(citizen.accountId, paper, second)).toMatchObject({
        because: 'reset-under-way',
      });
      travel(24 * HOURS);
      expect(await kapu.deskResets.confirm(citizen.accountId, id, second)).toMatchObject({
        because: 'reset-gone',
      });
      await kapu.deskResets.ask(citizen.accountId, paper, first);
      const again = (await kapu.accounts.find(citizen.accountId))?.factorReset?.id ?? '';
      expect((await kapu.deskResets.pending()).map(({ account }) => account.id)).toContain(citizen.accountId);
      expect(await kapu.deskResets.withdraw(citizen.accountId, again, second)).toMatchObject({ ok: true });
      expect((await kapu.accounts.find(citizen.accountId))?.factorReset).toBeUndefined();
    });

    it('is not carried out when the mail could not be handed over: it is told again first', async () => {
      const { second, citizen, id } = await asked();
      await kapu.deskResets.confirm(citizen.accountId, id, second);
      const told = (await mailsTo(kapu, citizen.username)).length;
      await kapu.accounts.update(citizen.accountId, (account) => {
        const reset = account.factorReset;
        if (!reset?.confirmed) throw new Error('not confirmed');
        const confirmed = { ...reset.confirmed, told: false };
        return { account: { ...account, factorReset: { ...reset, confirmed } }, result: undefined };
      });
      travel(24 * HOURS);
      await carriedOut();
      expect((await kapu.accounts.find(citizen.accountId))?.authenticators).toHaveLength(1);
      expect(await mailsTo(kapu, citizen.username)).toHaveLength(told + 1);
      travel(24 * HOURS);
      await carriedOut();
      expect((await kapu.accounts.find(citizen.accountId))?.authenticators).toHaveLength(0);
    });

    it('says beside the choice that no document was chosen', async () => {
      const operator = await staff('operator');
      const citizen = await Citizen.born(kapu, { enrolled: true });
      await operator.comesHome(`/admin/accounts/${citizen.accountId}`);
      const { html } = await operator.browser.submit('/reset', { ending: 'AB12' });
      expect(html).toMatch(/<details open>\s*<summary>Elveszett eszköz/);
      expect(html).toMatch(/id="document-error">.*Válassza ki, milyen okmányt mutattak be\./);
      expect(html).toMatch(/<a href="#document">.*<input id="document" /s);
    });

    it.each(['', 'a', 'ab', 'abcde', '1234567', '<b>', '12 3!'])('wants a document: %j', async (ending) => {
      const operator = asStaff(await staff('operator'));
      const citizen = await Citizen.born(kapu, { enrolled: true });
      expect(await kapu.deskResets.ask(citizen.accountId, { ...paper, ending }, operator)).toMatchObject({
        because: 'malformed-document',
      });
    });
  });

  describe('the pages of the desk', () => {
    const named = {
      familyName: 'Pultos',
      givenName: '<i>Éva</i>"',
      birthdate: '1951-07-08',
      mothersBirthName: 'Kő Anna',
    };

    async function atDesk(role: Role = 'operator'): Promise<Citizen> {
      const one = await staff(role);
      await one.comesHome('/admin/accounts');
      return one;
    }

    it('register, warn of duplicates, find, correct, and show it all escaped', async () => {
      const { browser } = await atDesk();
      await browser.open('/admin/accounts/new');
      const form = { ...named, username: `pultos-${engine}`, email: `pultos-${engine}@example.hu` };
      await browser.submit('/accounts/new', { ...form, birthdate: '1951-07-32' });
      expect(browser.page.status).toBe(422);
      expect(browser.page.html).toContain('id="birthdate-error"');
      await browser.submit('/accounts/new', form);
      expect(browser.text).toContain('Regisztráltuk az ügyfelet');
      expect(browser.page.html).not.toContain('<i>');
      const { path } = browser.page;
      expect(await mailTo(kapu, `pultos-${engine}`)).toContain('/activation/');
      expect(browser.page.html).not.toContain('/activation/');

      await browser.open('/admin/accounts/new');
      await browser.submit('/accounts/new', { ...form, username: `pultos2-${engine}` });
      expect(browser.text).toContain('Azonos név és születési nap');
      expect(browser.page.html).toContain(`href="${path}"`);

      for (const q of [`PULTOS-${engine}`, `pultos-${engine}@Example.hu`, 'pultos i', 'Pültös']) {
        await browser.open('/admin/accounts');
        await browser.submit('/admin/accounts', { q });
        expect([q, browser.page.html.includes(`href="${path}"`)]).toEqual([q, true]);
        expect(browser.page.html).not.toContain('<i>');
      }
      const odd = {
        p: 200,
        '': 200,
        '%': 200,
        '\u0000': 400,
        ['x'.repeat(5000)]: 422,
        '{': 200,
        pultosx: 200,
      };
      for (const [q, status] of Object.entries(odd)) {
        await browser.open('/admin/accounts');
        expect([q, (await browser.submit('/admin/accounts', { q })).status]).toEqual([q, status]);
      }

      await browser.open(`${path}/data`);
      await browser.submit('/data', { familyName: 'Újné', why: 'házasság' });
      expect(browser.text).toContain('Elmentettük a javítást');
      await browser.open(`${path}/history`);
      for (const said of ['Pultos', 'Újné', 'házasság', 'Kijavítottuk']) expect(browser.text).toContain(said);
      expect(browser.page.html).not.toContain('<i>');
    });

    it('put nobody’s name into an address: what was sought is theirs alone, sealed, for an hour', async () => {
      const [one, other] = [await atDesk(), await atDesk()];
      const sought = await Citizen.born(kapu);
      await one.browser.open('/admin/accounts');
      const { path } = await one.browser.submit('/admin/accounts', { q: sought.username });
      const link = `href="/admin/accounts/${sought.accountId}"`;
      expect(path).toMatch(/^\/admin\/accounts\?search=[\w-]{20,}$/);
      expect(one.browser.page.html).toContain(link);
      expect((await other.browser.open(path)).html).not.toContain(link);
      expect(other.browser.text).toContain('Ez a keresés már nem nyitható meg');
      travel(6 * MINUTES);
      expect((await one.browser.open(path)).html).toContain(link);
      await one.browser.submit('/admin/accounts', { q: 'senki' });
      expect(one.browser.text).toContain('Senkit sem találtunk');
      travel(1 * HOURS);
      await one.comesHome('/admin/accounts');
      expect((await one.browser.open(path)).html).not.toContain(link);
    });

    it('show what two at once corrected, and lose nothing of the first', async () => {
      const [one, two] = [await atDesk(), await atDesk()];
      const { accountId } = await Citizen.born(kapu);
      const path = `/admin/accounts/${accountId}/data`;
      for (const { browser } of [one, two]) await browser.open(path);
      await one.browser.submit('/data', { placeOfBirth: 'Győr', why: 'anyakönyv' });
      await two.browser.submit('/data', { placeOfBirth: 'Pécs', why: 'anyakönyv' });
      expect(two.browser.page.status).toBe(422);
      expect(two.browser.text).toContain('Most ez van nyilvántartva');
      expect(two.browser.text).toContain('Győr');
      expect(two.browser.page.html).toContain('value="Pécs"');
      expect((await kapu.accounts.find(accountId))?.person.placeOfBirth).toBe('Győr');
    });

    it('show nothing of staff to operators and of citizens to admins, and refuse what is posted all the same', async () => {
      const [operator, admin] = [await atDesk(), await atDesk('admin')];
      const citizen = await Citizen.born(kapu);
      for (const [who, whom] of [
        [operator, admin],
        [admin, citizen],
        [operator, operator],
      ] as const) {
        const path = `/admin/accounts/${whom.accountId}`;
        await who.browser.open(path);
        expect(who.browser.text).toContain('Ezt a fiókot Ön nem kezelheti');
        expect(who.browser.text).not.toContain(`${whom.username}@example.hu`);
        for (const below of ['/data', '/history'])
          expect((await who.browser.open(path + below)).status).toBe(404);
        const { fields } = formsOf((await who.browser.open('/account')).html)[0] ?? { fields: {} };
        await who.browser.post(`${path}/lock`, { why: '', ...fields });
        expect((await kapu.accounts.find(whom.accountId))?.status).toBe('active');
      }
    });

    it('tell the person of a removal under way at home too, where one click stops it', async () => {
      const [first, second] = [await staff('operator'), await staff('operator')];
      const citizen = await Citizen.born(kapu, { enrolled: true });
      await citizen.comesHome();
      await kapu.deskResets.ask(citizen.accountId, { type: 'passport', ending: 'AB12' }, asStaff(first));
      const id = (await kapu.accounts.find(citizen.accountId))?.factorReset?.id ?? '';
      await kapu.deskResets.confirm(citizen.accountId, id, asStaff(second));
      await citizen.browser.open('/account');
      await citizen.browser.submit('/object');
      expect(citizen.browser.text).toContain('az eszközei megmaradnak');
      expect((await kapu.accounts.find(citizen.accountId))?.factorReset).toBeUndefined();
    });

    it.each(['lock', 'unlock', 'end-sessions', 'password-link', 'close'])(
      'do what the button %s says',
      async (act) => {
        const { browser } = await atDesk();
        const citizen = await Citizen.born(kapu);
        await browser.open(`/admin/accounts/${citizen.accountId}`);
        await browser.submit(`/${act}`, { why: 'kérte <b>' });
        expect(browser.page.status).toBe(200);
        const [event] = await kapu.history.of(citizen.accountId, 1);
        expect(event).toMatchObject({ by: { kind: 'account' }, why: 'kérte <b>' });
        await browser.open(`/admin/accounts/${citizen.accountId}/history`);
        expect(browser.text).toContain('kérte <b>');
      },
    );
  });

  describe('the last admin', () => {
    async function onlyAdmin(): Promise<Citizen> {
      const one = await staff('admin');
      for (const { id } of await kapu.staffRoles.holders('admin'))
        if (id !== one.accountId) await kapu.staffRoles.take(id, 'admin', BY);
      return one;
    }

    it('can’t be lowered and can’t close their account', async () => {
      const admin = await onlyAdmin();
      expect(await kapu.staffRoles.take(admin.accountId, 'admin', BY)).toMatchObject({
        ok: false,
        because: 'last-admin',
      });
      await admin.comesHome('/account/close');
      travel(1 * MINUTES);
      await admin.browser.submit('/account/close', { password: admin.password, code: admin.code() });
      expect(admin.browser.text).toContain('Rendszergazda fiókja nem szüntethető meg');
      expect((await kapu.accounts.find(admin.accountId))?.status).toBe('active');
    });

    it('stays when all admins are lowered at the same moment, and while roles are given and taken in a race', async () => {
      await onlyAdmin();
      const more = await Promise.all(['admin', 'admin', 'admin'].map(() => staff('admin')));
      const all = (await kapu.staffRoles.holders('admin')).map(({ id }) => id);
      expect(all).toHaveLength(4);
      const some = more.map(({ accountId }) => accountId);
      await Promise.all([
        ...all.map((id) => kapu.staffRoles.take(id, 'admin', BY)),
        ...some.map((id) => kapu.staffRoles.give(id, 'admin', BY)),
        ...all.map((id) => kapu.staffRoles.take(id, 'admin', BY)),
      ]);
      await Promise.all(all.map((id) => kapu.staffRoles.take(id, 'admin', BY)));
      const left = await Promise.all(all.map((id) => kapu.accounts.find(id)));
      const counted = await kapu.staffRoles.holders('admin');
      expect(counted.length).toBeGreaterThan(0);
      expect(left.filter((one) => one?.roles.includes('admin')).length).toBeGreaterThan(0);
      for (const { roles, status } of counted) expect([roles, status]).toEqual([['admin'], 'active']);
    });

    it('a giving that crashed half way is mended by giving it again', async () => {
      const admin = await onlyAdmin();
      const other = await Citizen.born(kapu);
      await other.becomes({ roles: ['admin'] });
      expect((await kapu.staffRoles.take(admin.accountId, 'admin', BY)).ok).toBe(false);
      await kapu.staffRoles.give(other.accountId, 'admin', BY);
      expect((await kapu.staffRoles.take(admin.accountId, 'admin', BY)).ok).toBe(true);
    });
  });
}
