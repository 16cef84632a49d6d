/** The devices of a person: changed, added, removed, lost; and a phone whose clock is wrong. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import type { Store } from '../../adapters/store.ts';
import { StoreUnavailable } from '../../provider/flows/ports.ts';
import { Browser } from '../support/browser.ts';
import { Citizen } from '../support/citizen.ts';
import {
  ADD,
  atSettings,
  CHANGE,
  codeOf,
  devicesOf,
  finishes,
  follows,
  NEW_CODE,
  opens,
  owner,
  ownerAt,
  pairs,
  SETTINGS,
} from '../support/devices.ts';
import { type EngineName, onEachEngine } from '../support/engines.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { mailsTo, mailTo } from '../support/mail.ts';
import { Portal } from '../support/portal.ts';
import { MINUTES, releaseClock, SECONDS, stopClock, travel } from '../support/time.ts';
import { useKapu } from '../support/use-kapu.ts';

let kapu: TestKapu;
let portal: Portal;
/** What the store does with the next commit to an account that binds a device. */
let accident: 'none' | 'before' | 'after' = 'none';

const breakable = (store: Store): Store => ({
  ...store,
  async commit(partition, writes) {
    const binds = partition.startsWith('account:') && JSON.stringify(writes).includes('"lastTimeStep"');
    const now = binds ? accident : 'none';
    if (now !== 'none') accident = 'none';
    if (now === 'before') throw new StoreUnavailable('the line is cut');
    const done = await store.commit(partition, writes);
    if (now === 'after') throw new StoreUnavailable('the line is cut');
    return done;
  },
});

beforeEach(() => travel(60 * SECONDS));

onEachEngine(devicesOn);

const history = (citizen: Citizen) => kapu.history.of(citizen.accountId, 50);
const accountOf = (citizen: Citizen) => kapu.accounts.find(citizen.accountId);

const mailsOf = ({ username }: Citizen) => mailsTo(kapu, `${username}@example.hu`);

/** The same form, sent many times at once. */
const atOnce = (browsers: readonly Browser[], step: string, fields: Readonly<Record<string, string>>) =>
  Promise.all(browsers.map((browser) => browser.send(step, fields)));

const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

/** What must hold on both engines: what is atomic, and what happens once. */
function devicesOn(engine: EngineName): void {
  useKapu(
    async (started) => {
      kapu = started;
      portal = await Portal.join(kapu, { acr: 'substantial' });
    },
    { engine, wrapStore: breakable },
  );

  it('device change: the old one works until BEFEJEZÉS, the new one from then on, never both and never none', async () => {
    const citizen = await ownerAt(CHANGE, kapu, portal);
    const old = citizen.secret;
    citizen.readsSecret();
    const scanned = citizen.secret;
    expect([await opens(citizen, portal, old), await opens(citizen, portal, scanned)]).toEqual([true, false]);
    await citizen.browser.submit('/pair', { password: citizen.password, code: citizen.code() });
    expect([await opens(citizen, portal, old), await opens(citizen, portal, scanned)]).toEqual([true, false]);
    await finishes(citizen);
    expect([await opens(citizen, portal, old), await opens(citizen, portal, scanned)]).toEqual([false, true]);
    expect(await devicesOf(citizen)).toHaveLength(1);
  });

  it('an accident before the commit leaves the old device, one after it the new one, and BEFEJEZÉS again goes on', async () => {
    for (const moment of ['before', 'after'] as const) {
      const citizen = await ownerAt(CHANGE, kapu, portal);
      const old = await pairs(citizen);
      citizen.readsDeletionCode();
      const { browser } = citizen;
      const interaction = browser.page.path;
      accident = moment;
      expect((await browser.submit('/deletion-code', { saved: 'yes' })).status).toBe(503);
      const works = [await opens(citizen, portal, old), await opens(citizen, portal, citizen.secret)];
      expect(works).toEqual(moment === 'before' ? [true, false] : [false, true]);
      await browser.open(interaction);
      await browser.submit('/deletion-code', { saved: 'yes' });
      expect(browser.hasForm('/enrolled')).toBe(true);
      expect(await opens(citizen, portal, old)).toBe(false);
      expect(await opens(citizen, portal, citizen.secret)).toBe(true);
    }
  });

  it('two browsers change the device at once: one wins, the other is told, and one device works', async () => {
    const citizen = await owner(kapu, portal);
    const browsers: Browser[] = [];
    const secrets: string[] = [];
    const old = citizen.secret;
    for (let index = 0; index < 2; index += 1) {
      travel(60 * SECONDS);
      citizen.takesNewBrowser();
      citizen.secret = old ?? '';
      await atSettings(citizen);
      await follows(citizen, CHANGE);
      await pairs(citizen);
      browsers.push(citizen.browser);
      secrets.push(citizen.secret ?? '');
    }
    await atOnce(browsers, '/deletion-code', { saved: 'yes' });
    const works = [];
    for (const secret of [old, ...secrets]) works.push(await opens(citizen, portal, secret));
    expect(works.filter(Boolean)).toHaveLength(1);
    expect(works[0]).toBe(false);
    expect(await devicesOf(citizen)).toHaveLength(1);
  });

  it('two windows of one browser: the second does not replace the new device unasked', async () => {
    const citizen = await ownerAt(CHANGE, kapu, portal);
    await pairs(citizen);
    const first = citizen.browser.page;
    await citizen.browser.open(SETTINGS);
    await follows(citizen, CHANGE);
    await pairs(citizen);
    await citizen.browser.submit('/deletion-code', { saved: 'yes' });
    const winner = citizen.secret;
    citizen.browser.page = first;
    await citizen.browser.submit('/deletion-code', { saved: 'yes' });
    expect(citizen.browser.hasForm('/device')).toBe(true);
    expect(citizen.browser.text).toContain('másik ablakban');
    expect(await opens(citizen, portal, winner)).toBe(true);
    expect(await devicesOf(citizen)).toHaveLength(1);
  });

  it('50 × BEFEJEZÉS: one device, one mail, one event', async () => {
    const citizen = await ownerAt(CHANGE, kapu, portal);
    await pairs(citizen);
    const before = (await mailsOf(citizen)).length;
    const answers = await atOnce(times(50, citizen.browser), '/deletion-code', { saved: 'yes' });
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303]));
    expect(await devicesOf(citizen)).toHaveLength(1);
    expect(await mailsOf(citizen)).toHaveLength(before + 1);
    const kinds = (await history(citizen)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'authenticator-removed')).toHaveLength(1);
  });

  it('20 × one deletion code: exactly one removes the devices', async () => {
    const citizen = await owner(kapu, portal);
    citizen.takesNewBrowser();
    await citizen.goesTo(portal);
    await citizen.entersPassword();
    await follows(citizen, 'Nincs nálam az eszközöm');
    const fields = { deletion_code: citizen.deletionCode ?? '' };
    const answers = await atOnce(times(20, citizen.browser), '/lost-device', fields);
    expect(answers.filter(({ status }) => status === 303).length).toBeGreaterThanOrEqual(1);
    const kinds = (await history(citizen)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'deletion-code-used')).toHaveLength(1);
    expect(await devicesOf(citizen)).toEqual([]);
  });

  it('lost device: password and deletion code, every factor and session gone, a new device, on to the portal', async () => {
    const citizen = await owner(kapu, portal);
    const offline = { scope: 'openid offline_access', prompt: 'consent' };
    const tokens = await citizen.logsIn(portal, offline);
    const elsewhere = citizen.browser;
    const old = citizen.secret;
    citizen.takesNewBrowser();
    const visit = await citizen.goesTo(portal);
    await citizen.entersPassword();
    await follows(citizen, 'Nincs nálam az eszközöm');
    expect(citizen.browser.text).toContain(kapu.env.contact.email);
    await citizen.browser.submit('/lost-device', {
      deletion_code: ` ${citizen.deletionCode?.toLowerCase().replaceAll('-', ' ')}`,
    });
    expect(citizen.browser.hasForm('/enrol')).toBe(true);
    expect(await devicesOf(citizen)).toEqual([]);
    await elsewhere.open('/account');
    expect(elsewhere.page.path).toContain('/interaction/');
    await expect(client.refreshTokenGrant(portal.config, String(tokens.refresh_token))).rejects.toThrow();
    await citizen.goesThrough();
    const again = await visit.arrive(citizen.browser.page.left ?? '');
    expect(again.claims()).toMatchObject({ acr: kapu.env.acrValues.substantial, amr: ['pwd', 'otp', 'mfa'] });
    expect([await opens(citizen, portal, old), await opens(citizen, portal, citizen.secret)]).toEqual([
      false,
      true,
    ]);
    await mailTo(kapu, `${citizen.username}@example.hu`, 'törlőkódjával eltávolították');
    expect((await history(citizen)).map(({ kind }) => kind)).toContain('deletion-code-used');
  });
}

describe('and beyond what is atomic', () => {
  beforeAll(async () => {
    stopClock();
    kapu = await startKapu();
    portal = await Portal.join(kapu, { acr: 'substantial' });
  });
  afterAll(async () => {
    await kapu.stop();
    releaseClock();
  });

  describe('device change', () => {
    it('issues a new deletion code, mails, ends other sessions, comes back with a word, and is on record', async () => {
      const citizen = await owner(kapu, portal);
      const elsewhere = citizen.browser;
      citizen.takesNewBrowser();
      await atSettings(citizen);
      const before = await accountOf(citizen);
      await follows(citizen, CHANGE);
      expect(citizen.browser.text).toContain('1. lépés a 3-ból');
      await pairs(citizen, { name: '  Új\u202e  telefon ' });
      await finishes(citizen);
      expect(citizen.browser.hasForm('/enrolled')).toBe(true);
      await citizen.browser.submit('/enrolled');
      expect(citizen.browser.page.path).toBe(SETTINGS);
      expect(citizen.browser.text).toContain('Az új eszköze használható, a régi már nem.');
      expect(citizen.browser.text).toContain('Új telefon');
      await elsewhere.open('/account');
      expect(elsewhere.page.path).toContain('/interaction/');

      const after = await accountOf(citizen);
      expect(after?.deletionCode?.hash).not.toBe(before?.deletionCode?.hash);
      expect(after?.authenticators[0]?.name).toBe('Új telefon');
      const [old] = before?.authenticators ?? [];
      expect(after?.formerAuthenticators).toMatchObject([{ id: old?.id, name: old?.name }]);
      expect(JSON.stringify(after?.formerAuthenticators)).not.toContain('secret');
      const events = (await history(citizen)).filter(({ kind }) => kind.startsWith('authenticator-'));
      expect(
        events.map((event) => [event.kind, 'authenticatorName' in event && event.authenticatorName]),
      ).toEqual([
        ['authenticator-bound', 'Új telefon'],
        ['authenticator-removed', old?.name],
        ['authenticator-bound', old?.name],
      ]);
      expect((await mailsOf(citizen)).at(-1)).not.toContain(citizen.deletionCode);
    });

    it('with several devices asks which; the others stay', async () => {
      const citizen = await ownerAt(ADD, kapu, portal);
      const first = await pairs(citizen);
      await finishes(citizen);
      await citizen.browser.submit('/enrolled');
      const second = citizen.secret;
      await follows(citizen, CHANGE);
      expect((await citizen.browser.submit('/device')).status).toBe(422);
      const [one] = await devicesOf(citizen);
      await citizen.browser.submit('/device', { device: one?.id ?? '' });
      await pairs(citizen);
      await finishes(citizen);
      const works = [];
      for (const secret of [first, second, citizen.secret]) works.push(await opens(citizen, portal, secret));
      expect(works).toEqual([false, true, true]);
    });

    it('step skipping: BEFEJEZÉS without pairing, or without having seen a deletion code, binds nothing', async () => {
      const citizen = await ownerAt(CHANGE, kapu, portal);
      const [before] = await devicesOf(citizen);
      const { fields } = citizen.browser.form('/pair');
      await citizen.browser.post(`${citizen.browser.page.path}/deletion-code`, { ...fields, saved: 'yes' });
      expect(citizen.browser.hasForm('/pair')).toBe(true);
      expect(await devicesOf(citizen)).toEqual([before]);
    });

    it('MÉGSEM leads back to the settings and changes nothing', async () => {
      const citizen = await owner(kapu, portal);
      await atSettings(citizen);
      const before = await devicesOf(citizen);
      await follows(citizen, CHANGE);
      await pairs(citizen);
      await citizen.browser.submit('/cancel');
      expect(citizen.browser.page).toMatchObject({ path: SETTINGS, status: 200 });
      expect(await devicesOf(citizen)).toEqual(before);
    });
  });

  describe('a goal that a portal or a mail links to', () => {
    it('is reached on the way to the portal, with the login asked before it', async () => {
      const citizen = await owner(kapu, portal);
      const old = citizen.secret;
      citizen.takesNewBrowser();
      const low = await Portal.join(kapu, { acr: 'low' });
      const visit = await citizen.goesTo(low, { prompt: 'device_change' });
      await citizen.entersPassword();
      await citizen.entersCode();
      await pairs(citizen);
      await finishes(citizen);
      await citizen.browser.submit('/enrolled');
      await citizen.goesThrough();
      const tokens = await visit.arrive(citizen.browser.page.left ?? '');
      expect(tokens.claims()).toMatchObject({ acr: kapu.env.acrValues.substantial });
      expect(await opens(citizen, portal, old)).toBe(false);
    });

    it('ends at the portal with access_denied when the person cancels', async () => {
      const citizen = await owner(kapu, portal);
      await citizen.goesTo(portal, { prompt: 'deletion_code' });
      await citizen.browser.submit('/cancel');
      expect(citizen.browser.page.left).toContain('error=access_denied');
    });

    it('is an enrolment for whoever has no device, once', async () => {
      const citizen = await Citizen.born(kapu);
      await citizen.goesTo(portal, { prompt: 'device_add' });
      await citizen.goesThrough();
      expect(citizen.browser.page.left).toContain('code=');
      expect(await devicesOf(citizen)).toHaveLength(1);
    });

    it('can not be asked for silently', async () => {
      const citizen = await owner(kapu, portal);
      await citizen.goesTo(portal, { prompt: 'none device_change' });
      expect(citizen.browser.page.left).toContain('error=invalid_request');
    });

    it('takes everything anew when the login is older than five minutes, whatever the level', async () => {
      const citizen = await owner(kapu, portal);
      await atSettings(citizen);
      travel(6 * MINUTES);
      await citizen.browser.open(SETTINGS);
      await follows(citizen, NEW_CODE);
      expect(citizen.browser.hasForm('/password')).toBe(true);
      await citizen.entersPassword();
      expect(citizen.browser.hasForm('/code')).toBe(true);
      await citizen.entersCode();
      expect(citizen.browser.hasForm('/deletion-code')).toBe(true);
    });
  });

  describe('an unattended browser: a goal that somebody left open', () => {
    async function provesAgain(citizen: Citizen): Promise<void> {
      expect(citizen.browser.hasForm('/password')).toBe(true);
      await citizen.entersPassword();
      await citizen.entersCode();
      expect(citizen.browser.hasForm('/deletion-code')).toBe(true);
    }

    it('is not finished by who finds it later: a new deletion code takes a new login, and is the same', async () => {
      const citizen = await ownerAt(NEW_CODE, kapu, portal);
      const before = (await accountOf(citizen))?.deletionCode;
      citizen.readsDeletionCode();
      const shown = citizen.deletionCode;
      travel(6 * MINUTES);
      await citizen.browser.submit('/deletion-code', { saved: 'yes' });
      expect((await accountOf(citizen))?.deletionCode).toEqual(before);
      await provesAgain(citizen);
      citizen.readsDeletionCode();
      expect(citizen.deletionCode).toBe(shown);
      await citizen.browser.submit('/deletion-code', { saved: 'yes' });
      expect((await accountOf(citizen))?.deletionCode).not.toEqual(before);
    });

    it('keeps the new phone that was scanned meanwhile, which counts only after the old one was asked again', async () => {
      const citizen = await ownerAt(CHANGE, kapu, portal);
      travel(6 * MINUTES);
      const old = await pairs(citizen);
      const fresh = citizen.secret;
      await citizen.entersCode(codeOf(fresh ?? ''));
      expect(citizen.browser.hasForm('/code')).toBe(true);
      await citizen.entersCode(codeOf(old));
      await finishes(citizen);
      expect(citizen.browser.hasForm('/enrolled')).toBe(true);
      expect([await opens(citizen, portal, old), await opens(citizen, portal, fresh)]).toEqual([false, true]);
    });
  });

  describe('another device', () => {
    it('has a secret of its own, works beside the first, and logs nobody out', async () => {
      const citizen = await owner(kapu, portal);
      const elsewhere = citizen.browser;
      citizen.takesNewBrowser();
      await atSettings(citizen);
      await follows(citizen, ADD);
      const first = await pairs(citizen);
      await finishes(citizen);
      expect(citizen.secret).not.toBe(first);
      expect([await opens(citizen, portal, first), await opens(citizen, portal, citizen.secret)]).toEqual([
        true,
        true,
      ]);
      expect((await elsewhere.open('/account')).path).toBe('/account');
      const [used] = (await history(citizen)).filter(({ kind }) => kind === 'code-accepted');
      const [, second] = await devicesOf(citizen);
      expect(used).toMatchObject({ authenticatorId: second?.id, authenticatorName: second?.name });
      expect(second?.lastUsedAt).toBe(Date.now());
    });

    it('is the fifth at most, also for a link kept from before', async () => {
      const citizen = await owner(kapu, portal);
      await atSettings(citizen);
      const { page } = citizen.browser;
      for (let count = 1; count < 5; count += 1) {
        await follows(citizen, ADD);
        await pairs(citizen);
        await finishes(citizen);
        await citizen.browser.submit('/enrolled');
        travel(60 * SECONDS);
      }
      expect(await devicesOf(citizen)).toHaveLength(5);
      expect(citizen.browser.text).not.toContain(ADD);
      citizen.browser.page = page;
      await follows(citizen, ADD);
      citizen.readsSecret();
      const answer = await citizen.browser.submit('/pair', {
        password: citizen.password,
        code: citizen.code(),
      });
      expect(answer.status).toBe(422);
      expect(citizen.browser.text).toContain('Már 5 eszköze van');
    });
  });

  describe('the settings', () => {
    it('rename a device, cleaned of what can not be seen', async () => {
      const citizen = await owner(kapu, portal);
      await atSettings(citizen);
      await citizen.browser.submit('/rename', { name: `<b>Anyu</b>\u202e ${'x'.repeat(80)}` });
      const [device] = await devicesOf(citizen);
      expect(device?.name).toHaveLength(60);
      expect(citizen.browser.page.html).toContain('&lt;b&gt;Anyu&lt;/b&gt; xxx');
      expect((await citizen.browser.submit('/rename', { name: ' \u200b ' })).status).toBe(422);
    });

    it('name a device by the day it was set up, when nobody names it', async () => {
      const citizen = await owner(kapu, portal);
      expect((await devicesOf(citizen))[0]?.name).toMatch(/^Telefon, \d{4}\. \S+ \d+\.$/);
      const inEnglish = /Phone, \d+ [A-Z]\w+ \d{4}/;
      await atSettings(citizen);
      expect(citizen.browser.text).toMatch(/Telefon, \d{4}/);
      for (const path of [SETTINGS, '/account/history']) {
        const { html } = await citizen.browser.open(`${path}?lang=en`);
        expect(html).toMatch(inEnglish);
        expect(html).not.toContain('Telefon, ');
      }
      await citizen.browser.open(`${SETTINGS}?lang=en`);
      await citizen.browser.submit('/rename', { name: 'Telefon, 2' });
      expect(citizen.browser.text).toContain('Telefon, 2');
    });

    it('remove one of two: it works no more, others sessions end, the owner is told', async () => {
      const citizen = await ownerAt(ADD, kapu, portal);
      const first = await pairs(citizen);
      await finishes(citizen);
      await citizen.browser.submit('/enrolled');
      const settings = citizen.browser;
      citizen.takesNewBrowser();
      travel(60 * SECONDS);
      await citizen.comesHome();
      const elsewhere = citizen.browser;
      citizen.browser = settings;
      const [one] = await devicesOf(citizen);
      await settings.submit('/remove', { device: one?.id ?? '' });
      expect(settings.page.path).toBe(SETTINGS);
      expect(settings.text).toContain('Eltávolította az eszközt');
      expect((await elsewhere.open('/account')).path).toContain('/interaction/');
      expect(await opens(citizen, portal, first)).toBe(false);
      expect(await opens(citizen, portal, citizen.secret)).toBe(true);
    });

    it('say that removing the last one switches Ügyfélkapu+ off, and do', async () => {
      const citizen = await owner(kapu, portal);
      await atSettings(citizen);
      expect(citizen.browser.text).toContain('Ez az egyetlen eszköze');
      await citizen.browser.submit('/remove');
      expect(citizen.browser.page.path).toBe('/account');
      expect(citizen.browser.text).toContain('Kikapcsolta');
      const account = await accountOf(citizen);
      expect(account).toMatchObject({ authenticators: [], codeFailures: { inARow: 0 } });
      expect(account?.deletionCode).toBeUndefined();
    });

    it('switch Ügyfélkapu+ off, and on again from the same session', async () => {
      const citizen = await owner(kapu, portal);
      await atSettings(citizen);
      await citizen.browser.submit('/off');
      expect(await devicesOf(citizen)).toEqual([]);
      await citizen.browser.open(SETTINGS);
      await follows(citizen, 'IGÉNYLÉSE');
      await citizen.enrols();
      await citizen.browser.submit('/enrolled');
      expect(citizen.browser.page.path).toBe(SETTINGS);
      expect(await devicesOf(citizen)).toHaveLength(1);
    });

    it('can be seen, but not changed, with a login that is older than five minutes', async () => {
      const citizen = await owner(kapu, portal);
      await atSettings(citizen);
      const { fields } = citizen.browser.form('/remove');
      travel(6 * MINUTES);
      await citizen.browser.open(SETTINGS);
      expect(citizen.browser.hasForm('/remove')).toBe(false);
      await citizen.browser.post(`${SETTINGS}/remove`, fields);
      expect(citizen.browser.hasForm('/password')).toBe(true);
      expect(await devicesOf(citizen)).toHaveLength(1);
      await citizen.goesThrough(SETTINGS);
      expect(citizen.browser.hasForm('/remove')).toBe(true);
    });

    it("take no other person's device, nor a form from elsewhere", async () => {
      const victim = await owner(kapu, portal);
      const [theirs] = await devicesOf(victim);
      const citizen = await owner(kapu, portal);
      await atSettings(citizen);
      expect((await citizen.browser.submit('/remove', { device: theirs?.id ?? '' })).status).toBe(422);
      const { _csrf: _, ...fields } = citizen.browser.form('/remove').fields;
      expect((await citizen.browser.post(`${SETTINGS}/remove`, fields)).status).toBe(403);
      expect(await devicesOf(victim)).toHaveLength(1);
      expect(await devicesOf(citizen)).toHaveLength(1);
    });
  });

  describe('a new deletion code', () => {
    it('without pairing anew: the old one is told to be old, the new one works', async () => {
      const citizen = await owner(kapu, portal);
      await atSettings(citizen);
      const old = citizen.deletionCode ?? '';
      const before = await devicesOf(citizen);
      await follows(citizen, NEW_CODE);
      await finishes(citizen);
      await citizen.browser.submit('/enrolled');
      expect(citizen.browser.page.path).toBe(SETTINGS);
      expect(citizen.deletionCode).not.toBe(old);
      expect(await devicesOf(citizen)).toEqual(before);
      const browser = await atLostDevice(citizen);
      await browser.submit('/lost-device', { deletion_code: old });
      expect(browser.text).toContain('Ez egy régebbi törlőkód');
      await browser.submit('/lost-device', { deletion_code: citizen.deletionCode ?? '' });
      expect(browser.hasForm('/enrol')).toBe(true);
    });

    it('does not count before BEFEJEZÉS', async () => {
      const citizen = await owner(kapu, portal);
      await atSettings(citizen);
      const old = citizen.deletionCode ?? '';
      await follows(citizen, NEW_CODE);
      citizen.readsDeletionCode();
      const browser = await atLostDevice(citizen);
      await browser.submit('/lost-device', { deletion_code: citizen.deletionCode ?? '' });
      expect(browser.text).toContain('Ez a törlőkód nem jó');
      await browser.submit('/lost-device', { deletion_code: old });
      expect(browser.hasForm('/enrol')).toBe(true);
    });
  });

  async function atLostDevice(citizen: Citizen): Promise<Browser> {
    citizen.takesNewBrowser();
    await citizen.goesTo(portal);
    await citizen.entersPassword();
    await follows(citizen, 'Nincs nálam az eszközöm');
    return citizen.browser;
  }

  describe('the deletion code', () => {
    it('used once says so the second time', async () => {
      const citizen = await owner(kapu, portal);
      const used = citizen.deletionCode ?? '';
      const browser = await atLostDevice(citizen);
      await browser.submit('/lost-device', { deletion_code: used });
      await citizen.enrols();
      travel(60 * SECONDS);
      await (await atLostDevice(citizen)).submit('/lost-device', { deletion_code: used });
      expect(citizen.browser.text).toContain('Ezt a törlőkódot már felhasználta');
      expect(await devicesOf(citizen)).toHaveLength(1);
    });

    it('guessing: wrong ones are throttled, told to the owner, and leave the codes of the device alone', async () => {
      const citizen = await owner(kapu, portal);
      const browser = await atLostDevice(citizen);
      for (let tries = 0; tries < 5; tries += 1) {
        const page = await browser.submit('/lost-device', { deletion_code: '0000-0000-0000-0000' });
        expect(page.status).toBe(422);
        expect(page.html).not.toContain('0000-0000');
      }
      const paused = await browser.submit('/lost-device', { deletion_code: citizen.deletionCode ?? '' });
      expect(paused.status).toBe(429);
      expect(await devicesOf(citizen)).toHaveLength(1);
      expect((await mailsOf(citizen)).length).toBeGreaterThan(1);
      expect(await opens(citizen, portal, citizen.secret)).toBe(true);
      travel(16 * MINUTES);
      await browser.submit('/lost-device', { deletion_code: citizen.deletionCode ?? '' });
      expect(browser.hasForm('/enrol')).toBe(true);
    });

    it('works while the factor is locked', async () => {
      const citizen = await owner(kapu, portal);
      await citizen.becomes({ codeFailures: { inARow: 100 } });
      const browser = await atLostDevice(citizen);
      await browser.submit('/lost-device', { deletion_code: citizen.deletionCode ?? '' });
      expect(browser.hasForm('/enrol')).toBe(true);
    });

    it('takes a password given now, not one of this morning', async () => {
      const citizen = await owner(kapu, portal);
      const low = await Portal.join(kapu, { acr: 'low' });
      citizen.takesNewBrowser();
      await citizen.goesTo(low);
      await citizen.choosesMethod('password');
      await citizen.entersPassword();
      await citizen.goesThrough();
      await citizen.goesTo(portal);
      expect(citizen.browser.hasForm('/code')).toBe(true);
      await follows(citizen, 'Nincs nálam az eszközöm');
      const fields = { deletion_code: citizen.deletionCode ?? '' };
      await citizen.browser.submit('/lost-device', fields);
      expect(citizen.browser.page.status).toBe(422);
      await citizen.browser.submit('/lost-device', { ...fields, password: 'not mine' });
      expect(citizen.browser.page.status).toBe(422);
      expect(await devicesOf(citizen)).toHaveLength(1);
      await citizen.browser.submit('/lost-device', { ...fields, password: citizen.password });
      expect(citizen.browser.hasForm('/enrol')).toBe(true);
    });

    it('step skipping: without a password it is not even asked for', async () => {
      const citizen = await owner(kapu, portal);
      citizen.takesNewBrowser();
      await citizen.goesTo(portal);
      const { path } = citizen.browser.page;
      await citizen.browser.open(`${path}?choose=lost-device`);
      const { fields } = citizen.browser.form('/password');
      await citizen.browser.post(`${path}/lost-device`, {
        ...fields,
        deletion_code: citizen.deletionCode ?? '',
      });
      expect(citizen.browser.hasForm('/password')).toBe(true);
      expect(await devicesOf(citizen)).toHaveLength(1);
    });

    it('whoever stops after it logs in at low, and enrols when they like', async () => {
      const citizen = await owner(kapu, portal);
      const browser = await atLostDevice(citizen);
      await browser.submit('/lost-device', { deletion_code: citizen.deletionCode ?? '' });
      const low = await Portal.join(kapu, { acr: 'low' });
      citizen.takesNewBrowser();
      await citizen.goesTo(low);
      await citizen.choosesMethod('password');
      await citizen.entersPassword();
      await citizen.goesThrough();
      expect(citizen.browser.page.left).toContain('code=');
      await citizen.logsIn(portal);
      expect(await devicesOf(citizen)).toHaveLength(1);
    });
  });

  it.each(['/code', 'the last redirect'])(
    'a thief who holds back %s until the owner has removed the device does not come in',
    async (held) => {
      const citizen = await owner(kapu, portal);
      const thief = new Browser(kapu.issuer);
      await thief.open((await portal.visit()).url);
      await thief.submit('/password', { username: citizen.username, password: citizen.password });
      const { path } = thief.page;
      const interaction = path.replace(/\/password$/, '');
      const [answer] = await atOnce([thief], '/code', { code: citizen.code() });
      expect(answer?.status).toBe(303);
      const next = held === '/code' ? interaction : String((await thief.ask(interaction)).headers.location);
      await atLostDevice(citizen);
      await citizen.browser.submit('/lost-device', { deletion_code: citizen.deletionCode ?? '' });
      expect(await devicesOf(citizen)).toEqual([]);
      await thief.open(next);
      expect(thief.page.left ?? '').not.toContain('code=');
      expect(thief.hasForm('/consent')).toBe(false);
      await thief.open('/account');
      expect(thief.page.path).toContain('/interaction/');
    },
  );

  describe('a phone whose clock is wrong', () => {
    it.each([
      [2, '1 percet téved: siet'],
      [8, '4 percet téved: siet'],
      [20, '10 percet téved: siet'],
      [-8, '4 percet téved: késik'],
      [-20, '10 percet téved: késik'],
    ])('is told by how much at %d steps, refused, and counted once', async (steps, told) => {
      const citizen = await owner(kapu, portal);
      citizen.takesNewBrowser();
      await citizen.goesTo(portal);
      await citizen.entersPassword();
      travel(30 * MINUTES);
      const page = await citizen.entersCode(citizen.code(steps));
      expect(page.status).toBe(422);
      expect(citizen.browser.text).toContain(told);
      expect(citizen.browser.text).toContain('Android');
      expect((await accountOf(citizen))?.codeFailures).toEqual({ inARow: 1 });
    });

    it.each([21, -21])('at %d steps it is a wrong code', async (steps) => {
      const citizen = await owner(kapu, portal);
      citizen.takesNewBrowser();
      await citizen.goesTo(portal);
      await citizen.entersPassword();
      travel(30 * MINUTES);
      await citizen.entersCode(citizen.code(steps));
      expect(citizen.browser.text).toContain('Ez a kód nem jó');
      expect(citizen.browser.text).not.toContain('Android');
    });

    it('is not told to whoever does not know the password', async () => {
      const citizen = await owner(kapu, portal);
      citizen.takesNewBrowser();
      await citizen.goesTo(portal);
      await citizen.entersPassword('not mine');
      const { fields } = citizen.browser.form('/password');
      const { path } = citizen.browser.page;
      await citizen.browser.post(path.replace('/password', '/code'), { ...fields, code: citizen.code(8) });
      expect(citizen.browser.text).not.toContain('téved');
    });

    it('is told at pairing, which is refused', async () => {
      const citizen = await ownerAt(CHANGE, kapu, portal);
      citizen.readsSecret();
      const code = codeOf(citizen.secret ?? '', -8);
      const page = await citizen.browser.submit('/pair', { password: citizen.password, code });
      expect(page.status).toBe(422);
      expect(citizen.browser.text).toContain('4 percet téved: késik');
      expect(citizen.browser.hasForm('/pair')).toBe(true);
    });
  });

  it('fifty minutes at the pairing page is no problem for whoever changes a phone', async () => {
    const citizen = await ownerAt(CHANGE, kapu, portal);
    travel(25 * MINUTES);
    await citizen.browser.open(citizen.browser.page.path);
    travel(25 * MINUTES);
    const old = await pairs(citizen);
    await citizen.browser.submit('/code', { code: codeOf(old) });
    await finishes(citizen);
    expect(citizen.browser.hasForm('/enrolled')).toBe(true);
  });
});
