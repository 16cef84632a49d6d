/** What a thief tries to keep alive through the owner's change of the password: sessions, logins under way, grants. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { StoreUnavailable } from '../../provider/flows/ports.ts';
import { Browser } from '../support/browser.ts';
import { Citizen, PASSWORD } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { linkIn, mailsTo, mailTo } from '../support/mail.ts';
import { Portal } from '../support/portal.ts';
import { MINUTES, releaseClock, stopClock, travel } from '../support/time.ts';

const NEW_PASSWORD = 'új jelszó három fa';
const CHANGED = 'Megváltoztatták a fiókja jelszavát';

/** Holds the next call that `hold` is told of until it is let go. */
function gate() {
  let armed = false;
  let arrived: () => void = () => {};
  let release: () => void = () => {};
  let opened = Promise.resolve();
  return {
    /** Answers when somebody stands at the gate. */
    close(): Promise<void> {
      armed = true;
      opened = new Promise((resolve) => {
        release = resolve;
      });
      return new Promise((resolve) => {
        arrived = resolve;
      });
    },
    open: () => release(),
    async pass(): Promise<void> {
      if (!armed) return;
      armed = false;
      arrived();
      await opened;
    },
  };
}

const verification = gate();
const granting = gate();
const linking = gate();

/** From the commit that holds this word on, none is carried out any more. */
let deadAfter: string | undefined;
let dead = false;

let kapu: TestKapu;
let low: Portal;
let substantial: Portal;

beforeAll(async () => {
  stopClock();
  kapu = await startKapu({
    wrapHasher: (hasher) => ({
      ...hasher,
      async verify(hash, secret) {
        const matches = await hasher.verify(hash, secret);
        await verification.pass();
        return matches;
      },
    }),
    wrapStore: (store) => ({
      ...store,
      async commit(partition, writes) {
        if (writes.some((write) => write.kind === 'put' && write.name === `grant:${low?.clientId}`))
          await granting.pass();
        if (JSON.stringify(writes).includes('"passwordLink"')) await linking.pass();
        if (dead) throw new StoreUnavailable('dead');
        dead = deadAfter !== undefined && JSON.stringify(writes).includes(deadAfter);
        const done = await store.commit(partition, writes);
        if (dead) throw new StoreUnavailable('dead');
        return done;
      },
    }),
  });
  low = await Portal.join(kapu);
  substantial = await Portal.join(kapu, { acr: 'substantial' });
});
afterAll(async () => {
  await kapu.stop();
  releaseClock();
});

/** The owner, with a browser of their own, once the time step of the last code is over. */
async function changesPassword(citizen: Citizen): Promise<void> {
  travel(1 * MINUTES);
  citizen.takesNewBrowser();
  await citizen.browser.open('/account/password');
  await citizen.goesThroughTo('/account/password');
  await citizen.browser.submit('/account/password', { password: PASSWORD, new_password: NEW_PASSWORD });
}

/** A process that dies with the change written; its heir sweeps as soon as something could be due. */
async function dyingWith(event: string, act: () => Promise<unknown>): Promise<void> {
  deadAfter = `"kind":"${event}"`;
  await act();
  expect(dead).toBe(true);
  await kapu.drain().catch(() => undefined);
  deadAfter = undefined;
  dead = false;
}

async function isLoggedIn(browser: Browser): Promise<boolean> {
  return (await browser.open('/account')).path === '/account';
}

/** Where the next request leads, without going there. */
async function held(browser: Browser, path: string): Promise<string> {
  return String((await browser.ask(path)).headers.location);
}

describe('a change of the password ends', () => {
  it('a session that was logged in anew after hours, however old it is', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.logsIn(low);
    const thief = citizen.browser;
    for (let waited = 0; waited < 13 * 60; waited += 25) {
      travel(25 * MINUTES);
      await thief.open('/account');
      if (thief.hasForm('/password')) await citizen.entersPassword();
      if (waited === 10 * 60) await citizen.logsIn(low, { prompt: 'login' });
      expect(thief.page.status).not.toBe(500);
    }
    expect(await isLoggedIn(thief)).toBe(true);
    const [known] = await kapu.storage.sessions.of(citizen.accountId);
    expect(known?.origin?.address).toBe('127.0.0.1');
    await changesPassword(citizen);
    expect(citizen.browser.page.path).toBe('/account');
    expect(await isLoggedIn(thief)).toBe(false);
  });

  it('a session, also where the process dies with it, and its owner is told', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.logsIn(low);
    const thief = citizen.browser;
    await dyingWith('password-changed', () => changesPassword(citizen));
    expect(citizen.browser.page.status).toBe(503);
    expect(await isLoggedIn(thief)).toBe(false);
    const told = async () =>
      (await mailsTo(kapu, `${citizen.username}@example.hu`)).filter((mail) => mail.includes(CHANGED));
    expect(await told()).toEqual([]);
    travel(2 * MINUTES);
    kapu.sweep();
    expect(await told()).toHaveLength(1);
  });

  it('a session by a link, also where the process dies with it', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.logsIn(low);
    const thief = citizen.browser;
    citizen.takesNewBrowser();
    const { browser, username } = citizen;
    const email = `${username}@example.hu`;
    await browser.open('/forgotten-password');
    await browser.submit('/forgotten-password', { username, email });
    await browser.open(linkIn(await mailTo(kapu, email, '/forgotten-password/'), '/forgotten-password'));
    await dyingWith('password-reset', () =>
      browser.submit(browser.page.path, { new_password: NEW_PASSWORD }),
    );
    expect(await isLoggedIn(thief)).toBe(false);
  });

  it('a login held back at its last redirect, the password of which came from a session', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    const thief = citizen.browser;
    await thief.open((await substantial.visit()).url);
    const interaction = thief.page.path;
    await thief.open('/account');
    await citizen.choosesMethod('password');
    await citizen.entersPassword();
    await thief.open(interaction);
    await thief.send('/code', { code: citizen.code() });
    const last = await held(thief, interaction);
    expect(last).toContain('/auth/');
    await changesPassword(citizen);
    await thief.open(last);
    expect(await isLoggedIn(thief)).toBe(false);
  });

  it('a login whose password was being looked at meanwhile', async () => {
    const citizen = await Citizen.born(kapu);
    const thief = new Browser(kapu.issuer);
    await thief.open((await low.visit()).url);
    await thief.submit('/method', { method: 'password' });
    const waiting = verification.close();
    const login = thief.submit('/password', { username: citizen.username, password: PASSWORD });
    await waiting;
    await changesPassword(citizen);
    verification.open();
    await login;
    expect(thief.hasForm('/consent')).toBe(false);
    expect(await isLoggedIn(thief)).toBe(false);
  });

  it('a grant that was being made meanwhile, offline access too', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.comesHome();
    const thief = citizen.browser;
    const visit = await low.visit({ scope: 'openid email offline_access', prompt: 'consent' });
    await thief.open(visit.url);
    const waiting = granting.close();
    const consent = thief.submit('/consent');
    await waiting;
    await changesPassword(citizen);
    granting.open();
    await consent;
    const refreshed = visit
      .arrive(thief.page.left ?? `${low.redirectUri}?none`)
      .then((tokens) => client.refreshTokenGrant(low.config, String(tokens.refresh_token)));
    await expect(refreshed).rejects.toThrow();
  });
});

it('a session that outlived a lock, or a closing, because the process died with it does not come back with the account', async () => {
  const citizen = await Citizen.born(kapu);
  const operator = { by: COMMAND_LINE };
  await citizen.comesHome();
  await citizen.becomes({ status: 'locked' });
  await kapu.deskAccess.unlock(citizen.accountId, operator);
  expect(await isLoggedIn(citizen.browser)).toBe(false);
  await citizen.comesHome();
  await dyingWith('account-closing', () =>
    kapu.deskAccess.close(citizen.accountId, operator).catch(() => undefined),
  );
  travel(2 * MINUTES);
  kapu.sweep();
  const mail = await mailTo(kapu, `${citizen.username}@example.hu`, '/reopen/');
  const stranger = new Browser(kapu.issuer);
  await stranger.open(linkIn(mail, '/reopen'));
  await stranger.submit(stranger.page.path);
  expect((await kapu.accounts.find(citizen.accountId))?.status).toBe('active');
  expect(await isLoggedIn(citizen.browser)).toBe(false);
});

it.each([
  ['a password', {}, () => low],
  ['a password and a code', { enrolled: true }, () => substantial],
])(
  'a login by %s from a new browser is told of, also where the process dies with it',
  async (_by, who, portal) => {
    const citizen = await Citizen.born(kapu, who);
    await citizen.logsIn(portal());
    travel(1 * MINUTES);
    citizen.takesNewBrowser();
    await dyingWith('login', () => citizen.logsIn(portal()).catch(() => undefined));
    expect(citizen.browser.page.status).toBe(503);
    const told = async () =>
      (await mailsTo(kapu, `${citizen.username}@example.hu`)).filter((mail) =>
        mail.includes('Olyan böngészőből'),
      );
    expect(await told()).toEqual([]);
    travel(2 * MINUTES);
    kapu.sweep();
    expect(await told()).toHaveLength(1);
  },
);

it('a link to a new password goes to the address of the account, also when that changes meanwhile', async () => {
  const citizen = await Citizen.born(kapu);
  const thief = new Browser(kapu.issuer);
  await thief.open('/forgotten-password');
  const waiting = linking.close();
  const old = `${citizen.username}@example.hu`;
  await thief.submit('/forgotten-password', { username: citizen.username, email: old });
  await waiting;
  const email = `uj.${old}`;
  await citizen.becomes({ email });
  linking.open();
  expect(await mailsTo(kapu, old)).toEqual([]);
});
