/**
 * The modules of the OpenID Foundation's plan "FAPI 2.0 Security Profile Final" for an authorization server with
 * private_key_jwt, DPoP and OpenID Connect, by their names. Those that sign request objects or belong to one country's
 * profile are not in it.
 */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { arrival, broughtBy } from '../support/arrival.ts';
import { Citizen } from '../support/citizen.ts';
import type { TestKapu } from '../support/kapu.ts';
import { type Answer, type Fields, newKey, publicJwk, type Sending, Software } from '../support/software.ts';
import { SECONDS, travel } from '../support/time.ts';
import { useKapu } from '../support/use-kapu.ts';

let kapu: TestKapu;
let rp: Software;
let second: Software;
let citizen: Citizen;

useKapu(async (started) => {
  kapu = started;
  rp = await Software.joinFapi(kapu);
  second = await Software.joinFapi(kapu);
  citizen = await Citizen.born(kapu);
  await codeFor();
  await codeFor({}, {}, second);
});

/** Goes on with a pushed request, through whatever is asked; answers what the portal is brought. */
async function goesOn(pushed: Answer, client = rp, more: Fields = {}): Promise<URLSearchParams> {
  expect({ status: pushed.status, body: pushed.body }).toMatchObject({ status: 201 });
  return arrival(citizen, client.pushedHref(pushed.body.request_uri, more));
}

async function codeFor(parameters: Fields = {}, sending: Sending = {}, client = rp): Promise<string> {
  const brought = await goesOn(await client.push(parameters, sending), client);
  return brought.get('code') ?? `no code: ${brought}`;
}

async function tokensFor(parameters: Fields = {}): Promise<Answer['body']> {
  const { status, body } = await rp.redeem(await codeFor(parameters));
  expect({ status, body }).toMatchObject({ status: 200 });
  return body;
}

type Module = () => Promise<void>;

const in_ = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

const pushFails =
  (error: string, parameters: Fields, sending: Sending = {}): Module =>
  async () => {
    expect((await rp.push(parameters, sending)).body.error).toBe(error);
  };

/** The error is due at the token endpoint, with a code that is good. */
const redeemFails =
  (error: string, fields: Fields, sending: Sending | (() => Sending) = {}): Module =>
  async () => {
    const code = await codeFor();
    const answer = await rp.redeem(code, fields, typeof sending === 'function' ? sending() : sending);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body.error).toBe(error);
  };

const succeedsWith =
  (parameters: Fields): Module =>
  async () => {
    expect(await tokensFor(parameters)).toHaveProperty('access_token');
  };

/** A wrong proof at the token endpoint, with a nonce that the server has just given. */
const proofFails =
  (spoiled: () => NonNullable<Sending['proof']>, error = 'invalid_dpop_proof'): Module =>
  async () => {
    const code = await codeFor();
    await learnsNonce();
    const { status, body } = await rp.redeem(code, {}, { proof: spoiled() });
    expect({ status, error: body.error }).toEqual({ status: 400, error });
  };

const assertionFails =
  (spoiled: () => NonNullable<Sending['assertion']>): Module =>
  async () => {
    const answer = await rp.push({}, { assertion: spoiled() });
    expect({ status: answer.status, error: answer.body.error }).toEqual({
      status: 401,
      error: 'invalid_client',
    });
  };

const errorPage = () => {
  expect(broughtBy(citizen.browser)?.get('code') ?? null).toBeNull();
  expect(citizen.browser.page.status).toBe(400);
};

const rsaKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

const MODULES: Readonly<Record<string, Module>> = {
  async 'discovery-end-point-verification'() {
    const response = await fetch(`${kapu.issuer}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      pushed_authorization_request_endpoint: `${kapu.issuer}/request`,
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: expect.arrayContaining(['private_key_jwt']),
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256', 'PS256']),
    });
  },
  async 'happy-flow'() {
    const pushed = await rp.push();
    expect(pushed.body).toMatchObject({ request_uri: expect.any(String), expires_in: 60 });
    const brought = await goesOn(pushed);
    expect(Object.fromEntries(brought)).toMatchObject({ iss: kapu.issuer, state: 'the state' });
    const { body } = await rp.redeem(brought.get('code') ?? '');
    expect(body.token_type).toBe('DPoP');
    const claims = decodeJwt(String(body.id_token));
    expect(claims).toMatchObject({ iss: kapu.issuer, aud: rp.clientId, nonce: 'the nonce' });
    expect((await rp.userinfo(body.access_token)).body.sub).toBe(claims.sub);
  },
  async 'user-rejects-authentication'() {
    const pushed = await rp.push({ prompt: 'login' });
    await citizen.browser.open(rp.pushedHref(pushed.body.request_uri));
    await citizen.browser.submit('/cancel');
    expect(broughtBy(citizen.browser)?.get('error')).toBe('access_denied');
  },
  async 'ensure-authorization-request-without-state-success'() {
    const brought = await goesOn(await rp.push({ state: undefined }));
    expect([...brought.keys()].toSorted()).toEqual(['code', 'iss']);
  },
  'ensure-authorization-request-without-nonce-success': succeedsWith({ nonce: undefined }),
  async 'ensure-authorization-request-with-64-char-nonce-success'() {
    const nonce = 'n'.repeat(64);
    expect(decodeJwt(String((await tokensFor({ nonce })).id_token)).nonce).toBe(nonce);
  },
  'ensure-other-scope-order-succeeds': succeedsWith({ scope: 'email openid' }),
  async 'test-claims-parameter-idtoken-identity-claims'() {
    const claims = JSON.stringify({ id_token: { name: { essential: true } } });
    const { id_token } = await tokensFor({ claims, scope: 'openid profile' });
    expect(decodeJwt(String(id_token)).name).toBe('Kovács Anna');
  },
  async 'access-token-type-header-case-sensitivity'() {
    const { access_token } = await tokensFor();
    await rp.userinfo(access_token);
    const answer = await rp.userinfo(access_token, { headers: { authorization: `dPoP ${access_token}` } });
    expect(answer.status).toBe(200);
  },
  async 'check-dpop-proof-nbf-exp'() {
    const proof = { claims: { nbf: in_(-5), exp: in_(60) } };
    await learnsNonce();
    expect((await rp.redeem(await codeFor(), {}, { proof })).status).toBe(200);
  },
  async 'ensure-dpopproof-with-iat-10seconds-before-succeeds'() {
    await learnsNonce();
    expect((await rp.redeem(await codeFor(), {}, { proof: { claims: { iat: in_(-10) } } })).status).toBe(200);
  },
  async 'ensure-dpopproof-with-iat-10seconds-after-succeeds'() {
    await learnsNonce();
    expect((await rp.redeem(await codeFor(), {}, { proof: { claims: { iat: in_(10) } } })).status).toBe(200);
  },
  async 'ensure-mismatched-dpop-jkt-fails'() {
    await learnsNonce();
    const dpop_jkt = await rp.thumbprint(newKey());
    expect((await rp.push({ dpop_jkt }, { proof: {} })).body.error).toBe('invalid_request');
  },
  async 'ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt'() {
    await learnsNonce();
    const code = await codeFor({}, { proof: { key: newKey() } });
    expect((await rp.redeem(code)).body.error).toBe('invalid_grant');
  },
  async 'ensure-token-endpoint-fails-with-mismatched-dpop-jkt'() {
    const code = await codeFor({ dpop_jkt: await rp.thumbprint(newKey()) });
    expect((await rp.redeem(code)).body.error).toBe('invalid_grant');
  },
  async 'ensure-dpopproof-at-par-endpoint-binding-success'() {
    await learnsNonce();
    expect((await rp.redeem(await codeFor({}, { proof: {} }))).status).toBe(200);
  },
  async 'ensure-dpop-auth-code-binding-success'() {
    const code = await codeFor({ dpop_jkt: await rp.thumbprint() });
    expect((await rp.redeem(code)).status).toBe(200);
  },
  async 'ensure-different-nonce-inside-and-outside-request-object'() {
    const brought = await goesOn(await rp.push(), rp, { nonce: 'another' });
    const { body } = await rp.redeem(brought.get('code') ?? '');
    expect(decodeJwt(String(body.id_token)).nonce).toBe('the nonce');
  },
  async 'ensure-different-state-inside-and-outside-request-object'() {
    expect((await goesOn(await rp.push(), rp, { state: 'another' })).get('state')).toBe('the state');
  },
  async 'state-only-outside-request-object-not-used'() {
    expect((await goesOn(await rp.push({ state: undefined }), rp, { state: 'outside' })).has('state')).toBe(
      false,
    );
  },
  async 'ensure-authorization-request-with-long-nonce'() {
    const nonce = 'n'.repeat(384);
    expect(decodeJwt(String((await tokensFor({ nonce })).id_token)).nonce).toBe(nonce);
  },
  async 'ensure-authorization-request-with-long-state'() {
    const state = 's'.repeat(384);
    expect((await goesOn(await rp.push({ state }))).get('state')).toBe(state);
  },
  'ensure-request-object-without-redirect-uri-fails': pushFails('invalid_request', {
    redirect_uri: undefined,
  }),
  'ensure-registered-redirect-uri': pushFails('invalid_request', {
    redirect_uri: 'https://portal.example.hu/x',
  }),
  'plain-fapi-tolerate-unregistered-redirect-uri': pushFails('invalid_request', {
    redirect_uri: 'https://portal.example.hu/callback?unregistered=1',
  }),
  async 'ensure-unsigned-authorization-request-without-using-par-fails'() {
    await citizen.browser.open(rp.href());
    expect(broughtBy(citizen.browser)?.get('error')).toBe('invalid_request');
  },
  'ensure-redirect-uri-in-authorization-request': pushFails('invalid_request', { redirect_uri: undefined }),
  'ensure-response-type-code-idtoken-fails': pushFails('unsupported_response_type', {
    response_type: 'code id_token',
  }),
  'ensure-response-type-token-fails': pushFails('unsupported_response_type', { response_type: 'token' }),
  'ensure-client-id-in-token-endpoint': redeemFails('invalid_client', {}, () => ({
    assertion: { claims: { iss: second.clientId, sub: second.clientId } },
  })),
  'ensure-holder-of-key-required': redeemFails('invalid_grant', {}, { proof: 'none' }),
  async 'ensure-authorization-code-is-bound-to-client'() {
    expect((await second.redeem(await codeFor())).body.error).toBe('invalid_grant');
  },
  async 'attempt-reuse-authorization-code-after-one-second'() {
    const code = await codeFor();
    const { body } = await rp.redeem(code);
    travel(SECONDS);
    expect((await rp.redeem(code)).body.error).toBe('invalid_grant');
    expect((await rp.userinfo(body.access_token)).status).toBe(401);
  },
  async 'ensure-token-endpoint-fails-with-expired-auth-code'() {
    const code = await codeFor();
    travel(61 * SECONDS);
    expect((await rp.redeem(code)).body.error).toBe('invalid_grant');
  },
  'ensure-signed-client-assertion-with-RS256-fails': assertionFails(() => ({
    header: { alg: 'RS256' },
    key: rsaKey(),
  })),
  'ensure-client-assertion-in-token-endpoint': redeemFails('invalid_client', {}, { assertion: 'none' }),
  'ensure-client-assertion-with-exp-is-5-minutes-in-past-fails': assertionFails(() => ({
    claims: { iat: in_(-600), exp: in_(-300) },
  })),
  'ensure-client-assertion-with-wrong-aud-fails': assertionFails(() => ({
    claims: { aud: 'https://other1.example.com' },
  })),
  async 'ensure-client-assertion-with-no-sub-fails'() {
    const answer = await rp.push({}, { assertion: { claims: { sub: undefined } } });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(['invalid_client', 'invalid_request']).toContain(answer.body.error);
  },
  async 'refresh-token'() {
    const first = await tokensFor({ scope: 'openid offline_access', prompt: 'consent' });
    const again = await rp.refresh(first.refresh_token);
    expect(again.status).toBe(200);
    expect(again.body.refresh_token).toBe(first.refresh_token);
    expect((await rp.userinfo(again.body.access_token)).status).toBe(200);
    expect((await second.refresh(first.refresh_token)).body.error).toBe('invalid_grant');
    expect((await rp.refresh(first.refresh_token, {}, { proof: 'none' })).body.error).toBe('invalid_grant');
  },
  async 'par-ensure-reused-request-uri-prior-to-auth-completion-succeeds'() {
    const pushed = await rp.push({ prompt: 'login' });
    await citizen.browser.open(rp.pushedHref(pushed.body.request_uri));
    expect((await goesOn(pushed)).has('code')).toBe(true);
  },
  async 'par-attempt-reuse-request_uri'() {
    const pushed = await rp.push();
    expect((await goesOn(pushed)).has('code')).toBe(true);
    await goesOn(pushed);
    errorPage();
  },
  async 'par-attempt-to-use-expired-request_uri'() {
    const pushed = await rp.push();
    travel(61 * SECONDS);
    await goesOn(pushed);
    errorPage();
  },
  async 'par-ensure-jwt-client-assertion-with-iat-nbf-8-seconds-in-the-future-is-accepted'() {
    const assertion = { claims: { iat: in_(8), nbf: in_(8), exp: in_(68) } };
    expect((await rp.push({}, { assertion })).status).toBe(201);
  },
  'par-ensure-jwt-client-assertion-with-iat-nbf-over-60-seconds-in-the-future-fails': assertionFails(() => ({
    claims: { iat: in_(65), nbf: in_(65), exp: in_(130) },
  })),
  async 'par-attempt-to-use-request_uri-for-different-client'() {
    await goesOn(await rp.push(), second);
    errorPage();
  },
  'par-authorization-request-containing-request_uri-form-param': pushFails('request_uri_not_supported', {
    request_uri: 'urn:ietf:params:oauth:request_uri:another',
  }),
  async 'par-attempt-invalid-http-method'() {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status } = await fetch(`${kapu.issuer}/request`, { method });
      expect([404, 405]).toContain(status);
    }
  },
  'par-ensure-pkce-required': pushFails('invalid_request', {
    code_challenge: undefined,
    code_challenge_method: undefined,
  }),
  'ensure-pkce-code-verifier-required': redeemFails('invalid_grant', { code_verifier: undefined }),
  'incorrect-pkce-code-verifier-rejected': redeemFails('invalid_grant', { code_verifier: 'x'.repeat(43) }),
  'par-plain-pkce-rejected': pushFails('invalid_request', { code_challenge_method: 'plain' }),
  async 'par-without-duplicate-parameters'() {
    expect((await goesOn(await rp.push())).has('code')).toBe(true);
  },
  'par-endpoint-as-array-audience-fails': assertionFails(() => ({
    claims: { aud: [`${kapu.issuer}/request`] },
  })),
  'par-endpoint-as-audience-fails': assertionFails(() => ({ claims: { aud: `${kapu.issuer}/request` } })),
  'par-token-endpoint-as-audience-fails': assertionFails(() => ({ claims: { aud: `${kapu.issuer}/token` } })),
};

describe('fapi2-security-profile-final-test-plan', () => {
  it.each(Object.keys(MODULES))('fapi2-security-profile-final-%s', (name) => MODULES[name]?.());

  describe('fapi2-security-profile-final-dpop-negative-tests', () => {
    it.each<[string, Module]>([
      ['no nonce', proofFails(() => ({ claims: { nonce: undefined } }), 'use_dpop_nonce')],
      ['a nonce that nobody gave', proofFails(() => ({ claims: { nonce: 'made up' } }), 'use_dpop_nonce')],
      ['another method', proofFails(() => ({ claims: { htm: 'GET' } }))],
      ['another address', proofFails(() => ({ claims: { htu: `${kapu.issuer}/me` } }))],
      ['no jti', proofFails(() => ({ claims: { jti: undefined } }))],
      ['no iat', proofFails(() => ({ claims: { iat: undefined } }))],
      ['another typ', proofFails(() => ({ header: { typ: 'JWT' } }))],
      ['no key', proofFails(() => ({ header: { jwk: undefined } }))],
      [
        'another key than it is signed with',
        proofFails(() => ({ key: newKey(), header: { jwk: publicJwk(rp.dpopKey) } })),
      ],
      ['a private key', proofFails(() => ({ header: { jwk: rp.dpopKey.export({ format: 'jwk' }) } }))],
      ['RS256', proofFails(() => ({ header: { alg: 'RS256', jwk: rsaPublic }, key: rsa }))],
    ])('%s', (_, module) => module());

    it('a proof sent twice', async () => {
      const proof = { claims: { jti: randomUUID() } };
      await learnsNonce();
      expect((await rp.redeem(await codeFor(), {}, { proof })).status).toBe(200);
      expect((await rp.redeem(await codeFor(), {}, { proof })).body.error).toBe('invalid_grant');
    });

    it.each<[string, Sending]>([
      ['of another token', { proof: { claims: { ath: 'x' } } }],
      ['with another key', { proof: { key: newKey() } }],
      ['none at all', { proof: 'none' }],
    ])('at userinfo, a proof %s', async (_, sending) => {
      const { access_token } = await tokensFor();
      await rp.userinfo(access_token);
      expect((await rp.userinfo(access_token, sending)).status).toBe(401);
    });
  });
});

describe('the switch `fapi`', () => {
  it.each([
    ['ES256', newKey, 201],
    ['PS256', rsaKey, 201],
    ['EdDSA', () => generateKeyPairSync('ed25519').privateKey, 201],
    ['Ed25519', () => generateKeyPairSync('ed25519').privateKey, 201],
    ['RS256', rsaKey, 401],
  ] as const)('assertions by %s', async (alg, makeKey, status) => {
    const key = makeKey();
    const jwks = JSON.parse(JSON.stringify({ keys: [publicJwk(key, { kid: 'other', alg })] }));
    const client = await Software.joinFapi(kapu, { jwks });
    const assertion = { header: { alg, kid: 'other' }, key };
    expect((await client.push({}, { assertion })).status).toBe(status);
  });

  it.each([
    ['client_secret_basic', { token_endpoint_auth_method: 'client_secret_basic' }],
    ['no DPoP', { dpop_bound_access_tokens: false }],
    ['no PAR', { require_pushed_authorization_requests: false }],
    ['no PKCE', { require_pkce: false }],
    ['RS256', { id_token_signed_response_alg: 'RS256' }],
    ['RS256 for userinfo', { userinfo_signed_response_alg: 'RS256' }],
    ['a native application', { application_type: 'native' }],
    ['an address without TLS', { redirect_uris: ['http://portal.example.hu/cb'] }],
    ['something that is not yes or no', { fapi: 'yes' }],
  ])('refuses %s', async (_, metadata) => {
    await expect(Software.joinFapi(kapu, metadata)).rejects.toThrow('invalid-metadata');
  });
});

const rsa = rsaKey();
const rsaPublic = publicJwk(rsa);

/** The server answers a request without a nonce with one. */
async function learnsNonce(): Promise<void> {
  await rp.redeem('no code', {}, { proof: { claims: { nonce: undefined } } });
}
