/**
 * Leaving: who may ask for it, who is told, and what a portal that does not listen can do about it. The first two parts
 * are the rules of the OpenID Foundation's test modules, by their names.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as jose from 'jose';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { Citizen } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { type LogoutReceiver, startLogoutReceiver } from '../support/logout-receiver.ts';
import { Portal } from '../support/portal.ts';
import { HOURS, MINUTES, releaseClock, SECONDS, stopClock, travel } from '../support/time.ts';

const BYE = 'https://portal.example.hu/bye';
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

let kapu: TestKapu;
let receiver: LogoutReceiver;
let portal: Portal;

beforeAll(async () => {
  stopClock();
  kapu = await startKapu();
});
beforeEach(async () => {
  receiver = await startLogoutReceiver();
  portal = await joined(receiver);
});
afterEach(() => receiver.stop());
afterAll(async () => {
  await kapu.stop();
  releaseClock();
});

function joined({ uri }: { uri: string }, metadata: Readonly<Record<string, unknown>> = {}): Promise<Portal> {
  return Portal.join(kapu, {
    metadata: { backchannel_logout_uri: uri, backchannel_logout_session_required: true, ...metadata },
  });
}

async function loggedIn() {
  const citizen = await Citizen.born(kapu);
  const { id_token = '' } = await citizen.logsIn(portal);
  return { citizen, idToken: id_token };
}

const endSession = (parameters: Readonly<Record<string, string>>) =>
  `/session/end?${new URLSearchParams(parameters)}`;

/** Does the person still have a session? */
async function isLoggedIn(citizen: Citizen): Promise<boolean> {
  const visit = await portal.visit({ prompt: 'none' });
  const { left = '' } = await citizen.browser.open(visit.url);
  const error = new URL(left).searchParams.get('error');
  expect([null, 'login_required']).toContain(error);
  return error === null;
}

/** The person is asked, and says yes. */
async function confirms(citizen: Citizen) {
  expect(citizen.browser.text).toContain('Kijelentkezik?');
  expect(await isLoggedInBeside(citizen)).toBe(true);
  return citizen.browser.submit('/session/end/confirm', { logout: 'yes' });
}

/** Looks without leaving the page. */
async function isLoggedInBeside(citizen: Citizen): Promise<boolean> {
  const { page } = citizen.browser;
  const is = await isLoggedIn(citizen);
  citizen.browser.page = page;
  return is;
}

describe('RP-initiated logout', () => {
  it('oidcc-rp-initiated-logout-discovery-endpoint-verification', () => {
    expect(portal.config.serverMetadata().end_session_endpoint).toBe(`${kapu.issuer}/session/end`);
  });

  it('oidcc-rp-initiated-logout: nobody is asked, and state comes back', async () => {
    const { citizen, idToken } = await loggedIn();
    const state = 'a state with spaces & more';
    await citizen.browser.open(endSession({ id_token_hint: idToken, post_logout_redirect_uri: BYE, state }));
    expect(citizen.browser.text).not.toContain('Kijelentkezik?');
    expect(citizen.browser.page.headers['content-security-policy']).toContain('https://portal.example.hu');
    const { left } = await citizen.browser.submit('/session/end/confirm');
    expect(left).toBe(`${BYE}?${new URLSearchParams({ state })}`);
    expect(await isLoggedIn(citizen)).toBe(false);
  });

  it('oidcc-rp-initiated-logout-no-state', async () => {
    const { citizen, idToken } = await loggedIn();
    await citizen.browser.open(endSession({ id_token_hint: idToken, post_logout_redirect_uri: BYE }));
    expect((await citizen.browser.submit('/session/end/confirm')).left).toBe(BYE);
    expect(await isLoggedIn(citizen)).toBe(false);
  });

  it('oidcc-rp-initiated-logout-no-post-logout-redirect-uri', async () => {
    const { citizen, idToken } = await loggedIn();
    await citizen.browser.open(endSession({ id_token_hint: idToken, state: 'x' }));
    await citizen.browser.submit('/session/end/confirm');
    expect(citizen.browser.text).toContain('Kijelentkezett');
    expect(await isLoggedIn(citizen)).toBe(false);
  });

  it.each([
    ['oidcc-rp-initiated-logout-no-params', {}],
    ['oidcc-rp-initiated-logout-only-state', { state: 'x' }],
    ['oidcc-rp-initiated-logout-no-id-token-hint', { post_logout_redirect_uri: BYE, state: 'x' }],
  ])(
    '%s: the person is asked, and does not get to an address that nobody vouches for',
    async (_, parameters) => {
      const { citizen } = await loggedIn();
      await citizen.browser.open(endSession(parameters));
      const { left } = await confirms(citizen);
      expect(left).toBeUndefined();
      expect(citizen.browser.text).toContain('Kijelentkezett');
      expect(await isLoggedIn(citizen)).toBe(false);
    },
  );

  it.each([
    'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri',
    'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri',
  ])('%s', async (module) => {
    const { citizen, idToken } = await loggedIn();
    const uri = module.includes('query') ? `${BYE}?foo=bar` : 'https://evil.example.hu/';
    const page = await citizen.browser.open(
      endSession({ id_token_hint: idToken, post_logout_redirect_uri: uri }),
    );
    expect(page.status).toBe(400);
    expect(page.left).toBeUndefined();
    expect(await isLoggedIn(citizen)).toBe(true);
  });

  it.each([
    ['oidcc-rp-initiated-logout-modified-id-token-hint', (hint: string) => withSub(hint, 'somebody')],
    ['oidcc-rp-initiated-logout-bad-id-token-hint', () => 'not-a-token'],
  ])('%s', async (_, spoil) => {
    const { citizen, idToken } = await loggedIn();
    const page = await citizen.browser.open(
      endSession({ id_token_hint: spoil(idToken), post_logout_redirect_uri: BYE }),
    );
    expect(page.status).toBe(400);
    expect(page.left).toBeUndefined();
    expect(await isLoggedIn(citizen)).toBe(true);
  });

  function withSub(token: string, sub: string): string {
    const [head, , signature] = token.split('.');
    const payload = Buffer.from(JSON.stringify({ ...jose.decodeJwt(token), sub })).toString('base64url');
    return [head, payload, signature].join('.');
  }

  it('cross-site logout: with the ID token of another person, or of another session, the person is asked', async () => {
    const stranger = await loggedIn();
    const { citizen, idToken } = await loggedIn();
    await citizen.browser.open(
      endSession({ id_token_hint: stranger.idToken, post_logout_redirect_uri: BYE }),
    );
    expect(citizen.browser.text).toContain('Kijelentkezik?');
    citizen.takesNewBrowser();
    await citizen.logsIn(portal);
    await citizen.browser.open(endSession({ id_token_hint: idToken, post_logout_redirect_uri: BYE }));
    await confirms(citizen);
    expect(citizen.browser.page.left).toBe(BYE);
  });

  it('an ID token that has expired still says whose session it was', async () => {
    const { citizen, idToken } = await loggedIn();
    travel(20 * MINUTES);
    await citizen.browser.open(endSession({ id_token_hint: idToken, post_logout_redirect_uri: BYE }));
    expect((await citizen.browser.submit('/session/end/confirm')).left).toBe(BYE);
  });
});

describe('whoever is not logged in', () => {
  const leaves = async (parameters: Readonly<Record<string, string>>, cookie = '') => {
    const answer = await fetch(kapu.issuer + endSession(parameters), {
      headers: { cookie },
      redirect: 'manual',
    });
    expect(answer.headers.get('set-cookie') ?? '').not.toContain('kapu.session');
    return answer.headers.get('location');
  };

  it('has left: nobody is asked, and no session is kept or given to them', async () => {
    const here = { client_id: portal.clientId, post_logout_redirect_uri: BYE };
    expect(await leaves({})).toBe('/logged-out');
    expect(await leaves({ state: 'x' })).toBe('/logged-out');
    expect(await leaves({ post_logout_redirect_uri: BYE })).toBe('/logged-out');
    expect(await leaves({ ...here, state: 'x & y' })).toBe(`${BYE}?state=x+%26+y`);
    expect(await leaves({ ...here, post_logout_redirect_uri: 'https://evil.example/' })).toBeNull();
  });

  it('has left, also who says yes in a window that is left over, once or twice', async () => {
    const { citizen } = await loggedIn();
    const { browser } = citizen;
    await browser.open('/logout');
    const older = browser.form('/session/end/confirm');
    await browser.open('/logout');
    await browser.post(older.action, { ...older.fields, logout: 'yes' });
    expect(browser.text).toContain('Kijelentkezik?');
    const newer = browser.form('/session/end/confirm');
    for (let times = 0; times < 2; times += 1) {
      await browser.post(newer.action, { ...newer.fields, logout: 'yes' });
      expect(browser.page).toMatchObject({ status: 200, path: '/logged-out' });
      expect(browser.text).toContain('Kijelentkezett');
    }
  });

  it('gets no new session in the place of one that has ended', async () => {
    const { citizen } = await loggedIn();
    const cookie = citizen.browser.agent.jar.getCookies({ domain: 'localhost', path: '/' } as never);
    await kapu.sessionEnding.endAll(citizen.accountId);
    expect(await leaves({}, cookie.toValueString())).toBe('/logged-out');
  });
});

describe('back-channel logout', () => {
  it('oidcc-backchannel-logout-discovery-endpoint-verification', () => {
    expect(portal.config.serverMetadata()).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      end_session_endpoint: `${kapu.issuer}/session/end`,
    });
  });

  it('oidcc-backchannel-rp-initiated-logout', async () => {
    const { citizen, idToken } = await loggedIn();
    await citizen.browser.open(
      endSession({ id_token_hint: idToken, post_logout_redirect_uri: BYE, state: 's' }),
    );
    const { left } = await citizen.browser.submit('/session/end/confirm');
    await kapu.drain();

    expect(receiver.heard).toHaveLength(1);
    const [{ body, claims, contentType, header }] = receiver.heard as [LogoutReceiver['heard'][0]];
    expect(contentType).toMatch(/^application\/x-www-form-urlencoded/);
    expect(Object.keys(body)).toEqual(['logout_token']);
    expect(header).toMatchObject({ typ: 'logout+jwt', alg: 'ES256' });
    const keys = jose.createRemoteJWKSet(new URL(String(portal.config.serverMetadata().jwks_uri)));
    const checks = {
      issuer: kapu.issuer,
      audience: portal.clientId,
      typ: 'logout+jwt',
      currentDate: new Date(),
    };
    await expect(jose.jwtVerify(String(body.logout_token), keys, checks)).resolves.toBeTruthy();
    const { sub, sid } = jose.decodeJwt(idToken);
    expect(sid).toBeTruthy();
    expect(claims).toMatchObject({ sub, sid, events: { [EVENT]: {} } });
    expect(claims).not.toHaveProperty('nonce');
    expect(claims.jti).toBeTruthy();
    expect(claims.iat).toBe(Math.floor(Date.now() / 1000));
    expect(Number(claims.exp) - Number(claims.iat)).toBeLessThanOrEqual(120);

    expect(left).toBe(`${BYE}?state=s`);
    expect(await isLoggedIn(citizen)).toBe(false);
  });

  it('tells every portal of the session, each in its own words, and no other session', async () => {
    const second = await startLogoutReceiver();
    const other = await joined(second, { backchannel_logout_session_required: false });
    const silent = await Portal.join(kapu);
    const { citizen } = await loggedIn();
    await citizen.logsIn(other);
    await citizen.logsIn(silent);
    const elsewhere = await loggedIn();

    await citizen.browser.open('/logout');
    await citizen.browser.submit('/session/end/confirm', { logout: 'yes' });
    await kapu.drain();
    const audiences = [receiver, second].flatMap(({ heard }) => heard.map(({ claims }) => claims.aud));
    expect(audiences).toEqual([portal.clientId, other.clientId]);
    expect(receiver.heard[0]?.claims.sid).not.toBe(jose.decodeJwt(elsewhere.idToken).sid);
    expect(second.heard[0]?.claims).not.toHaveProperty('sid');
    await second.stop();
  });

  it('tells at every end of a session, not only at a logout', async () => {
    const { citizen } = await loggedIn();
    await kapu.sessionEnding.endAll(citizen.accountId);
    await kapu.drain();
    expect(receiver.heard).toHaveLength(1);
  });

  it('tries again with a new token, and gives a portal that is away a day to come back', async () => {
    const { citizen } = await loggedIn();
    receiver.answer(503);
    await kapu.sessionEnding.endAll(citizen.accountId);
    await kapu.drain();
    expect(receiver.heard).toHaveLength(1);
    travel(30 * SECONDS);
    receiver.answer(204);
    await kapu.drain();
    const [first, second] = receiver.heard.map(({ claims }) => claims);
    expect(second).toMatchObject({ sub: first?.sub, sid: first?.sid });
    expect(second?.jti).not.toBe(first?.jti);
    expect(second?.iat).toBeGreaterThan(Number(first?.iat));
  });

  it('follows no redirect, and gives up at once what the portal says it can not do', async () => {
    const refused = await loggedIn();
    receiver.answer(302);
    await kapu.sessionEnding.endAll(refused.citizen.accountId);
    await kapu.drain();
    expect(receiver.heard).toHaveLength(1);
    expect(await deadAtPortal()).toEqual([]);
    receiver.answer(400);
    travel(1 * MINUTES);
    await kapu.drain();
    expect(receiver.heard).toHaveLength(2);
    const [dead] = await deadAtPortal();
    expect(dead).toMatchObject({ about: 'logout', because: 'HTTP 400', attempts: 2 });

    receiver.answer(200);
    expect(await kapu.outbox.revive(dead!)).toBe(true);
    await kapu.drain();
    expect(receiver.heard).toHaveLength(3);
    expect(await deadAtPortal()).toEqual([]);
  });

  const deadAtPortal = async () =>
    (await kapu.outbox.dead()).filter(({ lane }) => lane === `logout/${portal.clientId}`);

  it('a portal that hangs delays neither the person nor the other portals, and is given up after a day', async () => {
    const well = await startLogoutReceiver();
    const other = await joined(well);
    const { citizen } = await loggedIn();
    await citizen.logsIn(other);
    receiver.answer('hang');
    await citizen.browser.open('/logout');
    await citizen.browser.submit('/session/end/confirm', { logout: 'yes' });
    expect(citizen.browser.text).toContain('Kijelentkezett');
    while (well.heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await deadAtPortal()).toEqual([]);
    await kapu.drain();
    expect(kapu.logged()).toContain('not delivered, will try again');

    await receiver.stop();
    for (let hours = 0; hours < 26; hours += 1) {
      travel(1 * HOURS);
      await kapu.drain();
    }
    expect(await deadAtPortal()).toHaveLength(1);
    expect(kapu.logged()).toContain('given up');
    await well.stop();
    receiver = await startLogoutReceiver();
  });

  it('the logout of one portal alone tells that portal and leaves the session', async () => {
    const { citizen, idToken } = await loggedIn();
    const stranger = await loggedIn();
    await citizen.browser.open(endSession({ id_token_hint: stranger.idToken }));
    expect(idToken).not.toBe('');
    await citizen.browser.submit('/session/end/confirm');
    await kapu.drain();
    expect(receiver.heard).toHaveLength(1);
    expect(receiver.heard[0]?.claims.sub).toBe(jose.decodeJwt(idToken).sub);
  });

  it('a client that was removed meanwhile is told nothing', async () => {
    const { citizen } = await loggedIn();
    receiver.answer(503);
    await kapu.sessionEnding.endAll(citizen.accountId);
    await kapu.drain();
    await kapu.clientChanges.remove(portal.clientId, { by: COMMAND_LINE });
    travel(1 * MINUTES);
    await kapu.drain();
    expect(receiver.heard).toHaveLength(1);
    expect(await deadAtPortal()).toEqual([]);
  });
});

describe('server-side request forgery', () => {
  it('a logout address within the own network is refused unless the operator allows it', async () => {
    const guarded = await startKapu({ variables: { OUTGOING_ALLOWED_HOSTS: 'intra.example.hu' } });
    const registered = await guarded.registerClient({
      redirect_uris: ['https://portal.example.hu/callback'],
      backchannel_logout_uri: receiver.uri,
    });
    expect(registered.ok).toBe(false);
    await guarded.stop();
  });
});
