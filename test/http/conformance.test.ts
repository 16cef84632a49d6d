/**
 * The modules of the OpenID Foundation's plans Basic OP, Form Post OP, Config OP, RP-Initiated Logout OP and
 * Back-Channel Logout OP, by their names: what each demands, asked over HTTP as the suite asks it.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { arrival, broughtBy } from '../support/arrival.ts';
import { Browser } from '../support/browser.ts';
import { Citizen } from '../support/citizen.ts';
import type { TestKapu } from '../support/kapu.ts';
import { type Fields, Software } from '../support/software.ts';
import { SECONDS, travel } from '../support/time.ts';
import { useKapu } from '../support/use-kapu.ts';

let kapu: TestKapu;
let rp: Software;
let citizen: Citizen;

/** What old portals are: no PKCE, and the algorithm that every library knows. */
const OLD = { require_pkce: false, id_token_signed_response_alg: 'RS256' };
const NO_PKCE = { code_challenge: undefined, code_challenge_method: undefined };

useKapu(async (started) => {
  kapu = started;
  rp = await Software.join(kapu, OLD);
  citizen = await Citizen.born(kapu);
  await arrives({ scope: 'openid profile email' });
});

let mode: string | undefined;

const asked = (parameters: Fields = {}, client = rp) =>
  client.href({ ...NO_PKCE, response_mode: mode, ...parameters });

const arrives = (parameters: Fields = {}, client = rp) => arrival(citizen, asked(parameters, client));

async function tokensOf(parameters: Fields = {}, client = rp) {
  const brought = await arrives(parameters, client);
  const verifier = parameters.code_challenge === undefined ? { code_verifier: undefined } : {};
  const { status, body } = await client.redeem(brought.get('code') ?? '', verifier);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body;
}

const claimsOf = ({ id_token }: Readonly<Record<string, unknown>>) => decodeJwt(String(id_token));
const userinfo = async (parameters: Fields) =>
  (await rp.userinfo((await tokensOf(parameters)).access_token)).body;

type Module = () => Promise<void>;

const succeedsWith =
  (parameters: Fields): Module =>
  async () => {
    expect(claimsOf(await tokensOf(parameters)).nonce).toBe('the nonce');
  };

const asksForLogin = () => citizen.browser.hasForm('/method') || citizen.browser.hasForm('/password');

const failsWith =
  (parameters: Fields, error: string): Module =>
  async () => {
    await citizen.browser.open(asked(parameters));
    expect(broughtBy(citizen.browser)?.get('error')).toBe(error);
  };

const MODULES: Readonly<Record<string, Module>> = {
  async 'oidcc-server'() {
    const brought = await arrives();
    expect(brought.get('state')).toBe('the state');
    expect(brought.get('iss')).toBe(kapu.issuer);
    const { body, headers } = await rp.redeem(brought.get('code') ?? '', { code_verifier: undefined });
    expect(headers.get('cache-control')).toContain('no-store');
    expect(body).toMatchObject({ token_type: 'Bearer', scope: 'openid' });
    const { payload } = await jwtVerify(String(body.id_token), await keys(), {
      issuer: kapu.issuer,
      audience: rp.clientId,
    });
    expect(payload).toMatchObject({ nonce: 'the nonce', sub: expect.any(String), iat: expect.any(Number) });
  },
  'oidcc-response-type-missing': failsWith({ response_type: undefined }, 'invalid_request'),
  async 'oidcc-idtoken-signature'() {
    const { kid, alg } = decodeProtectedHeader(String((await tokensOf()).id_token));
    expect(alg).toBe('RS256');
    const { keys: published } = await document('/jwks');
    expect((published as { kid: string }[]).filter((key) => key.kid === kid)).toHaveLength(1);
  },
  async 'oidcc-idtoken-unsigned'() {
    const unsigned = { ...OLD, id_token_signed_response_alg: 'none' };
    await expect(Software.join(kapu, unsigned)).rejects.toThrow('id_token_signed_response_alg');
  },
  async 'oidcc-userinfo-get'() {
    const tokens = await tokensOf();
    expect((await rp.userinfo(tokens.access_token)).body.sub).toBe(claimsOf(tokens).sub);
  },
  async 'oidcc-userinfo-post-header'() {
    const headers = { authorization: `Bearer ${(await tokensOf()).access_token}` };
    const response = await fetch(`${kapu.issuer}/me`, { method: 'POST', headers });
    expect(await response.json()).toHaveProperty('sub');
  },
  async 'oidcc-userinfo-post-body'() {
    const body = new URLSearchParams({ access_token: String((await tokensOf()).access_token) });
    const response = await fetch(`${kapu.issuer}/me`, { method: 'POST', body });
    expect(await response.json()).toHaveProperty('sub');
  },
  async 'oidcc-ensure-request-without-nonce-succeeds-for-code-flow'() {
    expect(claimsOf(await tokensOf({ nonce: undefined }))).not.toHaveProperty('nonce');
  },
  async 'oidcc-scope-profile'() {
    expect(await userinfo({ scope: 'openid profile' })).toMatchObject({ family_name: 'Kovács' });
  },
  async 'oidcc-scope-email'() {
    expect(await userinfo({ scope: 'openid email' })).toHaveProperty('email');
  },
  async 'oidcc-scope-address'() {
    expect(Object.keys(await userinfo({ scope: 'openid address' }))).toEqual(['sub']);
  },
  async 'oidcc-scope-phone'() {
    expect(Object.keys(await userinfo({ scope: 'openid phone' }))).toEqual(['sub']);
  },
  async 'oidcc-scope-all'() {
    const all = await userinfo({ scope: 'openid profile email address phone' });
    expect(all).toMatchObject({ given_name: 'Anna', email: expect.any(String) });
  },
  'oidcc-ensure-other-scope-order-succeeds': succeedsWith({ scope: 'email openid' }),
  'oidcc-display-page': succeedsWith({ display: 'page' }),
  'oidcc-display-popup': succeedsWith({ display: 'popup' }),
  async 'oidcc-prompt-login'() {
    const before = claimsOf(await tokensOf()).auth_time;
    travel(31 * SECONDS);
    await citizen.browser.open(asked({ prompt: 'login' }));
    expect(asksForLogin()).toBe(true);
    expect(Number(claimsOf(await tokensOf({ prompt: 'login' })).auth_time)).toBeGreaterThan(Number(before));
  },
  async 'oidcc-prompt-none-not-logged-in'() {
    const stranger = new Browser(kapu.issuer);
    await stranger.open(asked({ prompt: 'none' }));
    expect(broughtBy(stranger)?.get('error')).toBe('login_required');
    expect(broughtBy(stranger)?.get('state')).toBe('the state');
  },
  async 'oidcc-prompt-none-logged-in'() {
    const before = claimsOf(await tokensOf());
    await citizen.browser.open(asked({ prompt: 'none' }));
    expect(broughtBy(citizen.browser)?.has('code')).toBe(true);
    const after = claimsOf(await tokensOf({ prompt: 'none' }));
    expect({ sub: after.sub, auth_time: after.auth_time }).toEqual({
      sub: before.sub,
      auth_time: before.auth_time,
    });
  },
  async 'oidcc-max-age-1'() {
    travel(31 * SECONDS);
    await citizen.browser.open(asked({ max_age: '1' }));
    expect(asksForLogin()).toBe(true);
    const { auth_time } = claimsOf(await tokensOf({ max_age: '1' }));
    expect(Date.now() / 1000 - Number(auth_time)).toBeLessThanOrEqual(1);
  },
  async 'oidcc-max-age-10000'() {
    const before = claimsOf(await tokensOf());
    const after = claimsOf(await tokensOf({ max_age: '10000' }));
    expect(after).toMatchObject({ sub: before.sub, auth_time: before.auth_time });
  },
  'oidcc-ensure-request-with-unknown-parameter-succeeds': succeedsWith({ extra: 'foobar' }),
  async 'oidcc-id-token-hint'() {
    const { id_token } = await tokensOf();
    const hinted = await tokensOf({ prompt: 'none', id_token_hint: String(id_token) });
    expect(claimsOf(hinted).sub).toBe(decodeJwt(String(id_token)).sub);
  },
  'oidcc-login-hint': succeedsWith({ login_hint: 'somebody' }),
  'oidcc-ui-locales': succeedsWith({ ui_locales: 'se hu' }),
  'oidcc-claims-locales': succeedsWith({ claims_locales: 'se' }),
  'oidcc-ensure-request-with-acr-values-succeeds': succeedsWith({ acr_values: '1 2' }),
  async 'oidcc-codereuse'() {
    const code = (await arrives()).get('code') ?? '';
    const fields = { code_verifier: undefined };
    expect((await rp.redeem(code, fields)).status).toBe(200);
    expect((await rp.redeem(code, fields)).body.error).toBe('invalid_grant');
  },
  async 'oidcc-codereuse-30seconds'() {
    const code = (await arrives()).get('code') ?? '';
    const fields = { code_verifier: undefined };
    const { body } = await rp.redeem(code, fields);
    travel(30 * SECONDS);
    expect((await rp.redeem(code, fields)).body.error).toBe('invalid_grant');
    expect((await rp.userinfo(body.access_token)).status).toBe(401);
  },
  async 'oidcc-ensure-registered-redirect-uri'() {
    await citizen.browser.open(asked({ redirect_uri: `${rp.redirectUri}/other` }));
    expect(broughtBy(citizen.browser)).toBeUndefined();
    expect(citizen.browser.page.status).toBe(400);
  },
  async 'oidcc-ensure-post-request-succeeds'() {
    const request = rp.request({ ...NO_PKCE, response_mode: mode });
    await citizen.browser.post('/auth', request);
    const brought = broughtBy(citizen.browser);
    expect((await rp.redeem(brought?.get('code') ?? '', { code_verifier: undefined })).status).toBe(200);
  },
  async 'oidcc-server-client-secret-post'() {
    const post = await Software.join(kapu, { ...OLD, token_endpoint_auth_method: 'client_secret_post' });
    expect(claimsOf(await tokensOf({}, post)).aud).toBe(post.clientId);
  },
  'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported': failsWith(
    { request_uri: 'https://portal.example.hu/request.jwt' },
    'request_uri_not_supported',
  ),
  'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported': failsWith(
    { request: unsignedRequest({ state: 'inside' }) },
    'request_not_supported',
  ),
  async 'oidcc-claims-essential'() {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } });
    const tokens = await tokensOf({ claims });
    expect((await rp.userinfo(tokens.access_token)).body).toHaveProperty('name');
    expect(claimsOf(tokens)).not.toHaveProperty('name');
  },
  async 'oidcc-ensure-request-object-with-redirect-uri'() {
    const request = unsignedRequest({ redirect_uri: 'https://evil.example/' });
    await citizen.browser.open(asked({ request }));
    expect(broughtBy(citizen.browser)?.get('error')).toBe('request_not_supported');
  },
  async 'oidcc-refresh-token'() {
    const offline = { scope: 'openid offline_access', prompt: 'consent' };
    const first = await tokensOf(offline);
    travel(31 * SECONDS);
    const again = await rp.refresh(first.refresh_token);
    expect(again.status).toBe(200);
    const [before, after] = [claimsOf(first), claimsOf(again.body)];
    for (const name of ['iss', 'sub', 'aud', 'auth_time', 'acr']) expect(after[name]).toEqual(before[name]);
    expect(after.iat).toBeGreaterThan(Number(before.iat));
    expect(again.body.access_token).not.toBe(first.access_token);
    const stranger = await Software.join(kapu, OLD);
    expect((await stranger.refresh(first.refresh_token)).body.error).toBe('invalid_grant');
  },
  async 'oidcc-ensure-request-with-valid-pkce-succeeds'() {
    const { code_challenge, code_challenge_method } = rp.request();
    expect(await tokensOf({ code_challenge, code_challenge_method })).toHaveProperty('id_token');
  },
};

describe.each([
  ['oidcc-basic-certification-test-plan', undefined],
  ['oidcc-formpost-basic-certification-test-plan', 'form_post'],
])('%s', (_, responseMode) => {
  beforeAll(() => {
    mode = responseMode;
  });
  it.each(Object.keys(MODULES))('%s', (name) => MODULES[name]?.());
});

describe('oidcc-config-certification-test-plan', () => {
  it('oidcc-discovery-endpoint-verification: lists what works, and nothing more', async () => {
    const signing = ['ES256', 'RS256', 'PS256', 'EdDSA'];
    const clients = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'];
    const withSecret = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
    const at = (path: string) => kapu.issuer + path;
    const found = await document('/.well-known/openid-configuration');
    expect(sorted(found)).toEqual(
      sorted({
        issuer: kapu.issuer,
        authorization_endpoint: at('/auth'),
        token_endpoint: at('/token'),
        userinfo_endpoint: at('/me'),
        jwks_uri: at('/jwks'),
        end_session_endpoint: at('/session/end'),
        introspection_endpoint: at('/token/introspection'),
        revocation_endpoint: at('/token/revocation'),
        pushed_authorization_request_endpoint: at('/request'),
        registration_endpoint: at('/reg'),
        response_types_supported: ['code', 'none'],
        response_modes_supported: ['form_post', 'fragment', 'query'],
        grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
        scopes_supported: ['openid', 'profile', 'email', 'natural_person', 'offline_access'],
        claims_supported: [
          ...['sub', 'acr', 'amr', 'auth_time', 'iss', 'sid'],
          ...['name', 'family_name', 'given_name', 'preferred_username', 'locale', 'email', 'email_verified'],
          ...['birth_family_name', 'birth_given_name', 'birthdate', 'place_of_birth', 'mothers_birth_name'],
        ],
        claim_types_supported: ['normal'],
        claims_parameter_supported: true,
        acr_values_supported: Object.values(kapu.env.acrValues),
        subject_types_supported: ['pairwise', 'public'],
        prompt_values_supported: ['none', 'login', 'consent', 'device_change', 'device_add', 'deletion_code'],
        ui_locales_supported: ['hu', 'en'],
        code_challenge_methods_supported: ['S256'],
        authorization_response_iss_parameter_supported: true,
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        id_token_signing_alg_values_supported: signing,
        userinfo_signing_alg_values_supported: signing,
        introspection_signing_alg_values_supported: signing,
        dpop_signing_alg_values_supported: ['ES256', 'PS256', 'EdDSA', 'Ed25519'],
        token_endpoint_auth_methods_supported: [...withSecret, 'none'],
        token_endpoint_auth_signing_alg_values_supported: clients,
        revocation_endpoint_auth_methods_supported: [...withSecret, 'none'],
        revocation_endpoint_auth_signing_alg_values_supported: clients,
        introspection_endpoint_auth_methods_supported: withSecret,
        introspection_endpoint_auth_signing_alg_values_supported: clients,
      }),
    );
  });

  it('every address that it names is there', async () => {
    const found = await document('/.well-known/openid-configuration');
    const addresses = Object.entries(found).filter(([name]) => /_endpoint$|_uri$/.test(name));
    for (const [name, address] of addresses) {
      const method = /authorization_endpoint$|end_session|jwks/.test(name) ? 'GET' : 'POST';
      const { status } = await fetch(String(address), { method });
      expect([name, [404, 405, 500].includes(status)]).toEqual([name, false]);
    }
  });

  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'])(
    'the published keys verify what is signed with %s',
    async (alg) => {
      const metadata = { ...OLD, id_token_signed_response_alg: alg, userinfo_signed_response_alg: alg };
      const client = await Software.join(kapu, metadata);
      mode = undefined;
      const tokens = await tokensOf({}, client);
      const own = { issuer: kapu.issuer, audience: client.clientId, algorithms: [alg] };
      const { payload } = await jwtVerify(String(tokens.id_token), await keys(), own);
      const info = await client.userinfo(tokens.access_token);
      expect(info.headers.get('content-type')).toContain('application/jwt');
      expect((await jwtVerify(info.text, await keys(), own)).payload.sub).toBe(payload.sub);
    },
  );
});

describe('oidcc-rp-initiated-logout-certification-test-plan', () => {
  const BYE = 'https://portal.example.hu/bye';
  let hint: string;

  async function begins(): Promise<void> {
    mode = undefined;
    hint = String((await tokensOf()).id_token);
  }
  const leaves = (parameters: Fields) =>
    citizen.browser.open(`/session/end?${new URLSearchParams(JSON.parse(JSON.stringify(parameters)))}`);
  const confirms = () => citizen.browser.submit('/session/end/confirm', { logout: 'yes' });
  const isOut = async () => {
    await citizen.browser.open(asked({ prompt: 'none' }));
    return broughtBy(citizen.browser)?.get('error') === 'login_required';
  };

  it('oidcc-rp-initiated-logout-discovery-endpoint-verification', async () => {
    const found = await document('/.well-known/openid-configuration');
    expect(found.end_session_endpoint).toMatch(/^http/);
  });

  it.each<[string, () => Fields, string | undefined]>([
    [
      'oidcc-rp-initiated-logout',
      () => ({ id_token_hint: hint, post_logout_redirect_uri: BYE, state: 's' }),
      `${BYE}?state=s`,
    ],
    [
      'oidcc-rp-initiated-logout-no-id-token-hint',
      () => ({ post_logout_redirect_uri: BYE, state: 's' }),
      undefined,
    ],
    ['oidcc-rp-initiated-logout-no-params', () => ({}), undefined],
    [
      'oidcc-rp-initiated-logout-no-post-logout-redirect-uri',
      () => ({ id_token_hint: hint, state: 's' }),
      undefined,
    ],
    [
      'oidcc-rp-initiated-logout-no-state',
      () => ({ id_token_hint: hint, post_logout_redirect_uri: BYE }),
      BYE,
    ],
    ['oidcc-rp-initiated-logout-only-state', () => ({ state: 's' }), undefined],
    [
      'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri (registered with it)',
      () => ({ id_token_hint: hint, post_logout_redirect_uri: `${BYE}?a=b`, state: 's' }),
      `${BYE}?a=b&state=s`,
    ],
  ])('%s: logged out, and where the person ends', async (_, parameters, end) => {
    await begins();
    await leaves(parameters());
    await confirms();
    expect(citizen.browser.page.left).toBe(end);
    if (end === undefined) expect(citizen.browser.text).toContain('Kijelentkezett');
    expect(await isOut()).toBe(true);
  });

  it.each<[string, () => Fields]>([
    [
      'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri',
      () => ({ id_token_hint: hint, post_logout_redirect_uri: `${BYE}/other` }),
    ],
    [
      'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri',
      () => ({ id_token_hint: hint, post_logout_redirect_uri: `${BYE}?foo=bar` }),
    ],
    [
      'oidcc-rp-initiated-logout-modified-id-token-hint',
      () => ({ id_token_hint: tampered(hint), post_logout_redirect_uri: BYE }),
    ],
    [
      'oidcc-rp-initiated-logout-bad-id-token-hint',
      () => ({ id_token_hint: 'bad', post_logout_redirect_uri: BYE }),
    ],
  ])('%s: an error page, and still logged in', async (_, parameters) => {
    await begins();
    await leaves(parameters());
    expect(citizen.browser.page.status).toBe(400);
    expect(citizen.browser.page.left).toBeUndefined();
    expect(await isOut()).toBe(false);
  });

  it('by POST, and without a session', async () => {
    await begins();
    await citizen.browser.post('/session/end', { id_token_hint: hint, post_logout_redirect_uri: BYE });
    await confirms();
    expect(citizen.browser.page.left).toBe(BYE);
    await citizen.browser.post('/session/end', { id_token_hint: hint, post_logout_redirect_uri: BYE });
    expect(citizen.browser.page.left).toBe(BYE);
  });
});

describe('oidcc-backchannel-rp-initiated-logout-certification-test-plan', () => {
  it('oidcc-backchannel-logout-discovery-endpoint-verification', async () => {
    expect(await document('/.well-known/openid-configuration')).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    });
  });

  it('oidcc-backchannel-rp-initiated-logout', async () => {
    const told = await listenForLogout();
    const metadata = {
      ...OLD,
      backchannel_logout_uri: told.address,
      backchannel_logout_session_required: true,
    };
    const client = await Software.join(kapu, metadata);
    mode = undefined;
    const { id_token } = await tokensOf({}, client);
    const { sub, sid } = decodeJwt(String(id_token));
    await citizen.browser.open(`/session/end?${new URLSearchParams({ id_token_hint: String(id_token) })}`);
    await citizen.browser.submit('/session/end/confirm', { logout: 'yes' });
    const own = { issuer: kapu.issuer, audience: client.clientId, typ: 'logout+jwt' };
    const { payload } = await jwtVerify(await told.token, await keys(), own);
    expect(payload).toMatchObject({ sub, sid, jti: expect.any(String), exp: expect.any(Number) });
    expect(payload.events).toEqual({ 'http://schemas.openid.net/event/backchannel-logout': {} });
    expect(payload).not.toHaveProperty('nonce');
    told.stop();
  });
});

/** A portal's address for logout tokens. */
async function listenForLogout() {
  let resolve: (token: string) => void;
  const token = new Promise<string>((done) => {
    resolve = done;
  });
  const server = createServer(async (request, response) => {
    const body = new URLSearchParams((await request.toArray()).join(''));
    response.end();
    resolve(body.get('logout_token') ?? '');
  }).listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { token, address: `http://localhost:${port}/logout`, stop: () => server.close() };
}

async function document(path: string): Promise<Record<string, unknown>> {
  const response = await fetch(kapu.issuer + path);
  return (await response.json()) as Record<string, unknown>;
}

async function keys() {
  return createRemoteJWKSet(new URL(`${kapu.issuer}/jwks`));
}

/** Lists in any order: only what is in them counts. */
function sorted(found: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(found).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.toSorted() : value,
  ]);
  return Object.fromEntries(entries);
}

function unsignedRequest(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}

/** The same signature over another subject. */
function tampered(jwt: string): string {
  const [header, payload = '', signature] = jwt.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'another' })).toString('base64url');
  return [header, changed, signature].join('.');
}
