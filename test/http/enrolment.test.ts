/** Enrolling an authenticator app, from the first page to BEFEJEZÉS, and all that may come in between. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { attribute, unescaped } from '../support/browser.ts';
import { Citizen } from '../support/citizen.ts';
import type { TestKapu } from '../support/kapu.ts';
import { Portal } from '../support/portal.ts';
import { MINUTES, SECONDS, travel } from '../support/time.ts';
import { useKapu } from '../support/use-kapu.ts';

let kapu: TestKapu;
let portal: Portal;

useKapu(async (started) => {
  kapu = started;
  portal = await Portal.join(kapu, { acr: 'substantial' });
});
beforeEach(() => travel(60 * SECONDS));

async function atPairing(): Promise<Citizen> {
  const citizen = await Citizen.born(kapu);
  await citizen.goesTo(portal);
  await citizen.entersPassword();
  await citizen.browser.submit('/enrol');
  citizen.readsSecret();
  return citizen;
}

async function atDeletionCode(): Promise<Citizen> {
  const citizen = await atPairing();
  await citizen.browser.submit('/pair', { password: citizen.password, code: citizen.code() });
  citizen.readsDeletionCode();
  return citizen;
}

const authenticatorsOf = async (citizen: Citizen) =>
  (await kapu.accounts.find(citizen.accountId))?.authenticators;

describe('enrolment in the middle of a login', () => {
  it('ends at the portal with level substantial, and the next login takes the code', async () => {
    const citizen = await Citizen.born(kapu);
    const tokens = await citizen.logsIn(portal);
    expect(tokens.claims()).toMatchObject({
      acr: kapu.env.acrValues.substantial,
      amr: ['pwd', 'otp', 'mfa'],
    });
    citizen.takesNewBrowser();
    travel(60 * SECONDS);
    await citizen.goesTo(portal);
    await citizen.entersPassword();
    await citizen.entersCode();
    expect(citizen.browser.page.left).toContain('code=');
  });

  it('shows where the person is: 1 to 4 of 4', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.goesTo(portal);
    await citizen.entersPassword();
    expect(citizen.browser.text).toContain('1. lépés a 4-ből');
    await citizen.browser.submit('/enrol');
    expect(citizen.browser.text).toContain('2. lépés a 4-ből');
    citizen.readsSecret();
    await citizen.browser.submit('/pair', { password: citizen.password, code: citizen.code() });
    expect(citizen.browser.text).toContain('3. lépés a 4-ből');
    await citizen.browser.submit('/deletion-code', { saved: 'yes' });
    expect(citizen.browser.text).toContain('4. lépés a 4-ből');
  });

  it('mails the owner', async () => {
    const citizen = await atDeletionCode();
    await citizen.browser.submit('/deletion-code', { saved: 'yes' });
    const mail = (await kapu.mails()).at(-1) ?? '';
    expect(mail).toContain(`To: ${citizen.username}@example.hu`);
    expect(mail).toContain('text/plain');
    expect(mail).toContain('text/html');
    expect(mail).not.toContain(citizen.deletionCode);
  });
});

describe('enrolment from the account menu', () => {
  it('is the same way, and ends at the devices', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.browser.open('/account');
    await citizen.choosesMethod('password');
    await citizen.entersPassword();
    await citizen.browser.open('/account/plus');
    await citizen.enrols();
    await citizen.browser.submit('/enrolled');
    expect(citizen.browser.page).toMatchObject({ path: '/account/plus', status: 200 });
    expect(await authenticatorsOf(citizen)).toHaveLength(1);
  });
});

describe('the QR code', () => {
  it('leads an app to: issuer twice, percent-encoded, 160 bits, no padding (read from the image in test/browser)', async () => {
    const citizen = await atPairing();
    const uri = new URL(unescaped(/href="(otpauth:[^"]+)"/.exec(citizen.browser.page.html)?.[1] ?? ''));
    expect(decodeURIComponent(uri.pathname)).toBe(`/Ügyfélkapu+:${citizen.username}`);
    expect(uri.searchParams.get('issuer')).toBe('Ügyfélkapu+');
    expect(uri.searchParams.get('secret')).toMatch(/^[A-Z2-7]{32}$/);
  });

  it('has the secret as text in groups of four', async () => {
    const citizen = await atPairing();
    expect(citizen.browser.text.replaceAll(' ', '')).toContain(citizen.secret);
  });

  it('is the same after a reload and after going back', async () => {
    const citizen = await atPairing();
    const { secret } = citizen;
    await citizen.browser.open(citizen.browser.page.path);
    citizen.readsSecret();
    expect(citizen.secret).toBe(secret);
    await citizen.browser.post(`${citizen.browser.page.path}/enrol`, citizen.browser.form('/pair').fields);
    citizen.readsSecret();
    expect(citizen.secret).toBe(secret);
  });
});

describe('pairing', () => {
  it('needs the password', async () => {
    const citizen = await atPairing();
    const page = await citizen.browser.submit('/pair', { password: 'wrong', code: citizen.code() });
    expect(page.status).toBe(422);
    expect(citizen.browser.hasForm('/pair')).toBe(true);
    expect(citizen.browser.text).toContain('Ez nem a jelenlegi jelszava.');
    expect(page.html).toMatch(/aria-describedby="password-hint password-error"/);
  });

  it('needs the code of the new device', async () => {
    const citizen = await atPairing();
    const page = await citizen.browser.submit('/pair', { password: citizen.password, code: '000000' });
    expect(page.status).toBe(422);
    expect(page.html).not.toContain(citizen.password);
  });

  it.each([-3, -2, 2, 3])('refuses a code of T%d', async (steps) => {
    const citizen = await atPairing();
    const page = await citizen.browser.submit('/pair', {
      password: citizen.password,
      code: citizen.code(steps),
    });
    expect(page.status).toBe(422);
  });
});

describe('nothing is active before BEFEJEZÉS', () => {
  it('not with the secret made, not with the device paired', async () => {
    const citizen = await atPairing();
    expect(await authenticatorsOf(citizen)).toEqual([]);
    await citizen.browser.submit('/pair', { password: citizen.password, code: citizen.code() });
    expect(await authenticatorsOf(citizen)).toEqual([]);
    citizen.takesNewBrowser();
    await citizen.goesTo(portal);
    await citizen.entersPassword();
    expect(citizen.browser.hasForm('/enrol')).toBe(true);
  });

  it('and BEFEJEZÉS wants the deletion code saved', async () => {
    const citizen = await atDeletionCode();
    const page = await citizen.browser.submit('/deletion-code');
    expect(page.status).toBe(422);
    expect(await authenticatorsOf(citizen)).toEqual([]);
    const { deletionCode } = citizen;
    citizen.readsDeletionCode();
    expect(citizen.deletionCode).toBe(deletionCode);
  });
});

describe('the deletion code', () => {
  it('can be saved as a file', async () => {
    const citizen = await atDeletionCode();
    const file = await citizen.browser.agent.get(`${citizen.browser.page.path}/deletion-code.txt`);
    expect(file.headers['content-disposition']).toContain('attachment');
    expect(file.headers['cache-control']).toBe('no-store');
    expect(file.text).toContain(citizen.deletionCode);
    // Who finds two of them knows which one counts.
    expect(file.text).toMatch(/Készült: \d{4}\. /);
  });

  it('is not to be had before pairing, nor after BEFEJEZÉS', async () => {
    const early = await atPairing();
    const before = await early.browser.agent.get(`${early.browser.page.path}/deletion-code.txt`);
    expect(before.status).toBe(303);
    const late = await atDeletionCode();
    const address = late.browser.page.path;
    await late.browser.submit('/deletion-code', { saved: 'yes' });
    const after = await late.browser.agent.get(`${address}/deletion-code.txt`);
    expect(after.status).toBe(303);
  });

  it('lies at rest as a slow salted hash, the secret sealed with a key id', async () => {
    const citizen = await atDeletionCode();
    await citizen.browser.submit('/deletion-code', { saved: 'yes' });
    const account = await kapu.accounts.find(citizen.accountId);
    expect(account?.deletionCode?.hash).toMatch(/^\$argon2id\$/);
    expect(account?.authenticators[0]?.secret.keyId).toMatch(/^[\w-]{8}$/);
    expect(JSON.stringify(account)).not.toContain(citizen.secret);
  });
});

describe('replay of the pairing code', () => {
  it('the code used to pair can not be used to log in', async () => {
    const citizen = await atPairing();
    const code = citizen.code();
    await citizen.browser.submit('/pair', { password: citizen.password, code });
    await citizen.browser.submit('/deletion-code', { saved: 'yes' });
    citizen.takesNewBrowser();
    await citizen.goesTo(portal);
    await citizen.entersPassword();
    const page = await citizen.entersCode(code);
    expect(page.status).toBe(422);
    expect(citizen.browser.hasForm('/code')).toBe(true);
  });
});

describe('BEFEJEZÉS pressed twice', () => {
  it('is no mistake: one device, one mail, the success page', async () => {
    const citizen = await atDeletionCode();
    const before = (await kapu.mails()).length;
    const press = () => citizen.browser.send('/deletion-code', { saved: 'yes' });
    const answers = await Promise.all([press(), press()]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    expect(await authenticatorsOf(citizen)).toHaveLength(1);
    expect((await kapu.mails()).length).toBe(before + 1);
  });
});

describe('two enrolments of one account at once', () => {
  it('end with one device: the second BEFEJEZÉS is refused and asks for the code of the first', async () => {
    const citizen = await atDeletionCode();
    const first = citizen.browser;
    citizen.takesNewBrowser();
    await citizen.goesTo(portal);
    await citizen.entersPassword();
    await citizen.browser.submit('/enrol');
    citizen.readsSecret();
    await citizen.browser.submit('/pair', { password: citizen.password, code: citizen.code() });
    await first.submit('/deletion-code', { saved: 'yes' });
    await citizen.browser.submit('/deletion-code', { saved: 'yes' });
    expect(await authenticatorsOf(citizen)).toHaveLength(1);
    expect(citizen.browser.hasForm('/code')).toBe(true);
  });
});

describe('a session that would go idle', () => {
  it('stays alive while the person enrols from the account menu', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.browser.open('/account');
    await citizen.choosesMethod('password');
    await citizen.entersPassword();
    await citizen.browser.open('/account/plus');
    travel(20 * MINUTES);
    await citizen.browser.submit('/enrol');
    travel(20 * MINUTES);
    citizen.readsSecret();
    await citizen.browser.submit('/pair', { password: citizen.password, code: citizen.code() });
    expect(citizen.browser.hasForm('/deletion-code')).toBe(true);
  });
});

it('two people at one browser: a device prepared for the one is never bound to the other', async () => {
  const first = await Citizen.born(kapu);
  const second = await Citizen.born(kapu);
  const { browser } = first;
  second.browser = browser;
  await first.goesTo(portal);
  const { path } = browser.page;
  await first.comesHome();
  await browser.open(path);
  await browser.submit('/enrol');
  first.readsSecret();
  await browser.submit('/pair', { password: first.password, code: first.code() });
  await browser.open('/logout');
  await browser.submit('/session/end/confirm', { logout: 'yes' });
  await second.comesHome();
  const page = await browser.open(path);
  expect(page.status).toBe(200);
  if (browser.hasForm('/deletion-code')) await browser.submit('/deletion-code', { saved: 'yes' });
  expect(await authenticatorsOf(second)).toEqual([]);
  expect(browser.hasForm('/password')).toBe(true);
});

describe('time', () => {
  it('half an hour to install an app is no problem', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.goesTo(portal);
    await citizen.entersPassword();
    travel(30 * MINUTES);
    await citizen.enrols();
    expect(citizen.browser.hasForm('/enrolled')).toBe(true);
  });
});

it('the page of a step has labels for its fields', async () => {
  const citizen = await atPairing();
  const inputs = [...citizen.browser.page.html.matchAll(/<input\b[^>]*>/g)].map(([tag]) => tag);
  for (const name of ['password', 'code']) {
    const id = attribute(inputs.find((tag) => attribute(tag, 'name') === name) ?? '', 'id');
    expect(citizen.browser.page.html).toContain(`for="${id}"`);
  }
});
