/** The published attacks on OpenID providers (RFC 9700, and papers that they are named after), each by its name. */
import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, jwtVerify, SignJWT } from 'jose';
import { arrival, broughtBy } from '../support/arrival.ts';
import { Browser } from '../support/browser.ts';
import { Citizen } from '../support/citizen.ts';
import type { TestKapu } from '../support/kapu.ts';
import { type Fields, newKey, publicJwk, Software } from '../support/software.ts';
import { SECONDS, travel } from '../support/time.ts';
import { useKapu } from '../support/use-kapu.ts';

let kapu: TestKapu;
let rp: Software;
let attacker: Software;
let spa: Software;
let signing: Software;
let citizen: Citizen;

useKapu(async (started) => {
  kapu = started;
  rp = await Software.join(kapu);
  attacker = await Software.join(kapu, { redirect_uris: ['https://evil.example/callback'] });
  spa = await Software.join(kapu, { token_endpoint_auth_method: 'none' });
  signing = await Software.join(kapu, (jwks) => ({ token_endpoint_auth_method: 'private_key_jwt', jwks }));
  citizen = await Citizen.born(kapu);
  for (const client of [rp, spa, signing]) await codeFor(client);
});

async function codeFor(client = rp, parameters: Fields = {}): Promise<string> {
  const brought = await arrival(citizen, client.href(parameters));
  return brought.get('code') ?? `no code: ${citizen.browser.text}`;
}

async function tokensFor(client = rp, parameters: Fields = {}) {
  const { status, body } = await client.redeem(await codeFor(client, parameters));
  expect({ status, body }).toMatchObject({ status: 200 });
  return body;
}

const opened = async (href: string): Promise<Browser> => {
  const browser = new Browser(kapu.issuer);
  await browser.open(href);
  return browser;
};

describe('mix-up (RFC 9700 §4.4)', () => {
  it('every answer names its issuer, errors too, so that a portal of two providers is not fooled', async () => {
    await codeFor();
    expect(broughtBy(citizen.browser)?.get('iss')).toBe(kapu.issuer);
    const refused = await opened(rp.href({ prompt: 'none' }));
    expect(Object.fromEntries(broughtBy(refused) ?? [])).toMatchObject({
      error: 'login_required',
      iss: kapu.issuer,
    });
  });
});

describe('code injection and theft (RFC 9700 §4.5)', () => {
  it.each<[string, () => Software, Fields]>([
    ['another client', () => attacker, {}],
    ['another verifier', () => rp, { code_verifier: 'y'.repeat(43) }],
    ['no verifier', () => rp, { code_verifier: undefined }],
    ['another redirect URI', () => rp, { redirect_uri: 'https://portal.example.hu/other' }],
    ['no redirect URI', () => rp, { redirect_uri: undefined }],
  ])('a code is worth nothing with %s', async (_, thief, fields) => {
    const { status, body } = await thief().redeem(await codeFor(), fields);
    expect(status).toBe(400);
    expect(['invalid_grant', 'invalid_request']).toContain(body.error);
  });

  it('a code dies with the session that it came from', async () => {
    const code = await codeFor();
    await kapu.sessionEnding.endAll(citizen.accountId);
    expect((await rp.redeem(code)).body.error).toBe('invalid_grant');
  });

  it('codes, tokens and states stay out of Referer and caches', async () => {
    await codeFor(rp, { response_mode: 'form_post' });
    const { headers } = citizen.browser.page;
    expect(headers).toMatchObject({ 'referrer-policy': 'same-origin', 'cache-control': 'no-store' });
  });
});

describe('PKCE downgrade (RFC 9700 §4.8.2)', () => {
  it.each<[string, Fields]>([
    ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }],
    ['plain', { code_challenge_method: 'plain' }],
    ['no method', { code_challenge_method: undefined }],
    ['an empty challenge', { code_challenge: '' }],
    ['a challenge that is too short', { code_challenge: 'short' }],
  ])('%s is refused', async (_, parameters) => {
    for (const client of [rp, spa]) {
      const browser = await opened(client.href(parameters));
      expect(broughtBy(browser)?.get('error')).toBe('invalid_request');
    }
  });

  it('a verifier without a challenge is refused, also where PKCE is not demanded', async () => {
    const old = await Software.join(kapu, { require_pkce: false });
    const code = await codeFor(old, { code_challenge: undefined, code_challenge_method: undefined });
    expect((await old.redeem(code)).body.error).toBe('invalid_grant');
  });

  it('a public client can not be registered without PKCE', async () => {
    const careless = { require_pkce: false, token_endpoint_auth_method: 'none' };
    await expect(Software.join(kapu, careless)).rejects.toThrow('require_pkce');
  });
});

describe('redirect tricks (RFC 9700 §4.1)', () => {
  const CALLBACK = 'https://portal.example.hu/callback';
  it.each([
    ['user info', 'https://portal.example.hu@evil.example/callback'],
    ['user info in front', 'https://evil.example@portal.example.hu/callback'],
    ['path traversal', `${CALLBACK}/../evil`],
    ['encoded path traversal', `${CALLBACK}/%2e%2e/evil`],
    ['a backslash', 'https://portal.example.hu\\@evil.example/callback'],
    ['a fragment', `${CALLBACK}#fragment`],
    ['a query', `${CALLBACK}?next=https://evil.example`],
    ['a parameter that would be ours', `${CALLBACK}?code=stolen&state=x`],
    ['another host below', 'https://evil.portal.example.hu/callback'],
    ['a longer host', 'https://portal.example.hu.evil.example/callback'],
    ['a wildcard', 'https://*.example.hu/callback'],
    ['a port', 'https://portal.example.hu:444/callback'],
    ['http', 'http://portal.example.hu/callback'],
    ['another case', 'https://portal.example.hu/Callback'],
    ['a slash more', `${CALLBACK}/`],
    ['a null byte', `${CALLBACK}%00`],
    ['a line break', `${CALLBACK}\r\nLocation: https://evil.example`],
    ['a look-alike', 'https://portаl.example.hu/callback'],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/html,x'],
    ['no scheme', '//evil.example/callback'],
    ['loopback', 'http://127.0.0.1/callback'],
  ])('%s: a page, never a redirect', async (_, redirect_uri) => {
    for (const prompt of ['none', undefined]) {
      const { page } = await opened(rp.href({ redirect_uri, prompt }));
      expect({ status: page.status, left: page.left }).toEqual({ status: 400, left: undefined });
    }
  });

  it.each([
    'http://portal.example.hu/cb',
    'https://portal.example.hu/cb#x',
    'https://a@portal.example.hu/cb',
  ])('%s can not even be registered', async (address) => {
    await expect(Software.join(kapu, { redirect_uris: [address] })).rejects.toThrow('invalid-metadata');
  });

  it('covert redirect: an error of an unknown client goes nowhere', async () => {
    const { page } = await opened(rp.href({ client_id: 'nobody' }));
    expect({ status: page.status, left: page.left }).toEqual({ status: 400, left: undefined });
  });

  it('after logout, too: only to a registered address, and only of the client that asks', async () => {
    const { id_token } = await tokensFor();
    for (const address of [
      'https://evil.example/',
      'https://portal.example.hu/bye/../x',
      'javascript:alert(1)',
    ]) {
      const hint = { id_token_hint: String(id_token), post_logout_redirect_uri: address };
      await citizen.browser.open(`/session/end?${new URLSearchParams(hint)}`);
      expect({ status: citizen.browser.page.status, left: citizen.browser.page.left }).toEqual({
        status: 400,
        left: undefined,
      });
    }
  });

  it('credentials are never repeated by a 307', async () => {
    await citizen.browser.open(rp.href({ prompt: 'login' }));
    const { username, password } = citizen;
    const step = citizen.browser.hasForm('/method') ? '/method' : '/password';
    const answer = await citizen.browser.send(step, { method: 'password', username, password });
    expect(answer.status).toBe(303);
  });
});

describe('parameter pollution', () => {
  it.each([
    'client_id',
    'redirect_uri',
    'scope',
    'state',
    'response_type',
    'code_challenge',
    'prompt',
    'acr_values',
  ])('%s twice: refused, and sent nowhere new', async (name) => {
    const once = rp.href({ acr_values: '1', prompt: 'login' });
    const browser = await opened(`${once}&${name}=${encodeURIComponent('https://evil.example/')}`);
    const { left, status } = browser.page;
    if (left === undefined) expect(status).toBe(400);
    else expect(left).toMatch(/^https:\/\/portal\.example\.hu\/callback\?error=invalid_request&/);
  });

  it.each(['grant_type', 'code', 'client_id', 'redirect_uri', 'code_verifier'])(
    '%s twice at the token endpoint',
    async (name) => {
      const fields = new URLSearchParams({
        grant_type: 'authorization_code',
        code: await codeFor(spa),
        client_id: spa.clientId,
        redirect_uri: spa.redirectUri,
        code_verifier: 'x'.repeat(43),
      });
      fields.append(name, 'another');
      const response = await fetch(`${kapu.issuer}/token`, { method: 'POST', body: fields });
      expect([response.status, (await response.json()) as object]).toMatchObject([
        400,
        { error: 'invalid_request' },
      ]);
    },
  );

  it('arrays and objects by clever names change nothing', async () => {
    const browser = await opened(`${rp.href()}&redirect_uri[]=https://evil.example&__proto__[scope]=openid`);
    expect(browser.hasForm('/method') || browser.hasForm('/password')).toBe(true);
  });

  it('parameters beside a pushed request are not heard', async () => {
    const pushed = await rp.push({ scope: 'openid' });
    const more = { redirect_uri: 'https://evil.example/', scope: 'openid natural_person', state: 'another' };
    await citizen.browser.open(rp.pushedHref(pushed.body.request_uri, more));
    expect(citizen.browser.page.left).toMatch(/^https:\/\/portal\.example\.hu\/callback\?/);
    expect(broughtBy(citizen.browser)?.get('state')).toBe('the state');
  });

  it('a request by POST is heard once: neither the body nor the address can outvote the other', async () => {
    const browser = new Browser(kapu.issuer);
    await browser.post('/auth?redirect_uri=https://evil.example/', rp.request());
    expect({ status: browser.page.status, left: browser.page.left }).toEqual({
      status: 400,
      left: undefined,
    });
  });
});

describe('sub and iss confusion', () => {
  it('a sub is another one in another sector, and the same again in the same', async () => {
    const other = await Software.join(kapu, { redirect_uris: ['https://other.example.hu/callback'] });
    Object.assign(other, { redirectUri: 'https://other.example.hu/callback' });
    const subOf = async (client: Software) => decodeJwt(String((await tokensFor(client)).id_token)).sub;
    const [one, again, same] = [await subOf(rp), await subOf(rp), await subOf(spa)];
    expect([again, same]).toEqual([one, one]);
    await citizen.browser.open(other.href());
    await citizen.consents();
    const code = new URL(citizen.browser.page.left ?? '').searchParams.get('code') ?? '';
    const elsewhere = decodeJwt(String((await other.redeem(code)).body.id_token)).sub;
    expect(elsewhere).not.toBe(one);
    expect([one, elsewhere]).not.toContain(citizen.accountId);
  });

  it("a portal can't ask for another person's sub by claims", async () => {
    const claims = JSON.stringify({ id_token: { sub: { value: 'somebody else' } } });
    await citizen.browser.open(rp.href({ claims, prompt: 'none' }));
    expect(broughtBy(citizen.browser)?.get('error')).toBe('login_required');
  });

  it('odd members of claims are refused, not stumbled over', async () => {
    for (const sub of ['x', 7, [], true]) {
      const browser = await opened(rp.href({ claims: JSON.stringify({ id_token: { sub } }) }));
      expect(broughtBy(browser)?.get('error')).toBe('invalid_request');
    }
  });

  it('two portals of different hosts share no sector without a document that lists both', async () => {
    const hosts = ['https://one.example.hu/cb', 'https://two.example.hu/cb'];
    await expect(Software.join(kapu, { redirect_uris: hosts })).rejects.toThrow('sector_identifier_uri');
  });

  it('an issuer is not what a request says it is', async () => {
    const browser = await opened(rp.href({ iss: 'https://evil.example', prompt: 'none' }));
    expect(broughtBy(browser)?.get('iss')).toBe(kapu.issuer);
  });
});

describe('id_token_hint forgery', () => {
  const forged: [string, () => Promise<string>][] = [
    ['alg none', async () => unsecured(await hintClaims())],
    ['HS256 with our public key', async () => withPublicKeyAsSecret(await hintClaims())],
    ['a key of their own', async () => signedBy(newKey(), await hintClaims())],
    ['a key of their own in the header', async () => embedded(await hintClaims())],
    ['another audience', async () => String((await tokensFor(signing)).id_token)],
    ['no JWT at all', async () => 'hint'],
  ];

  it.each(forged)('%s is refused at /auth and at /session/end', async (_, forge) => {
    const id_token_hint = await forge();
    const browser = await opened(rp.href({ id_token_hint, prompt: 'none' }));
    expect(broughtBy(browser)?.get('error')).toBe('invalid_request');
    const leaving = new URLSearchParams({ id_token_hint, client_id: rp.clientId });
    expect((await opened(`/session/end?${leaving}`)).page.status).toBe(400);
  });

  it('a real hint of another person never logs in as them', async () => {
    const other = await Citizen.born(kapu);
    await citizen.browser.open(rp.href());
    const { id_token } = await tokensFor();
    await other.browser.open(rp.href({ id_token_hint: String(id_token), prompt: 'none' }));
    expect(broughtBy(other.browser)?.get('error')).toBe('login_required');
  });

  async function hintClaims(): Promise<object> {
    return decodeJwt(String((await tokensFor()).id_token));
  }
});

describe('client assertions (RFC 7523, private_key_jwt)', () => {
  const introspect = (assertion: object) =>
    signing.post('/token/introspection', { token: 'x' }, { assertion: assertion as never });
  const raw = (client_assertion: string) =>
    signing.post(
      '/token/introspection',
      {
        token: 'x',
        client_assertion,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      },
      { assertion: 'none' },
    );

  it('a good one passes, once', async () => {
    const again = await signing.assertion();
    expect((await raw(again)).body).toEqual({ active: false });
    expect((await raw(again)).body.error).toBe('invalid_client');
    travel(30 * SECONDS);
    expect((await raw(again)).body.error).toBe('invalid_client');
  });

  it.each<[string, () => object]>([
    ['for another audience', () => ({ claims: { aud: 'https://other.example' } })],
    ['by another issuer', () => ({ claims: { iss: rp.clientId } })],
    ['without jti', () => ({ claims: { jti: undefined } })],
    ['without exp', () => ({ claims: { exp: undefined } })],
    ['that lives for a day', () => ({ claims: { exp: Math.floor(Date.now() / 1000) + 86_400 } })],
    ['that is over', () => ({ claims: { exp: Math.floor(Date.now() / 1000) - 60 } })],
    ['of the future', () => ({ claims: { iat: Math.floor(Date.now() / 1000) + 90 } })],
    ['by another key', () => ({ key: newKey() })],
    ['by another key that it brings along (jwk)', () => bringing((key) => ({ jwk: publicJwk(key) }))],
    ['by another key that it points at (jku)', () => bringing(() => ({ jku: 'https://evil.example/jwks' }))],
    ['by another key that it points at (x5u)', () => bringing(() => ({ x5u: 'https://evil.example/x' }))],
    ['by another key and a clever kid', () => bringing(() => ({ kid: '../../../../dev/null' }))],
  ])('one %s is refused', async (_, assertion) => {
    expect(await introspect(assertion())).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  it('a signature by a short RSA key is refused, though the key is registered', async () => {
    for (const [modulusLength, status] of [
      [1024, 401],
      [2048, 200],
    ] as const) {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength });
      const jwks = JSON.parse(JSON.stringify({ keys: [publicJwk(privateKey)] }));
      const client = await Software.join(kapu, { token_endpoint_auth_method: 'private_key_jwt', jwks });
      const client_assertion = signedByHand(privateKey, {
        ...signing.assertionClaims(),
        iss: client.clientId,
        sub: client.clientId,
      });
      const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
      const fields = { token: 'x', client_assertion, client_assertion_type };
      const answer = await client.post('/token/introspection', fields, { assertion: 'none' });
      expect([modulusLength, answer.status]).toEqual([modulusLength, status]);
    }
  });

  it('alg none and HS256 with the public key are refused', async () => {
    for (const assertion of [
      unsecured(signing.assertionClaims()),
      await hmac(signing.assertionClaims(), JSON.stringify(publicJwk(signing.key))),
    ])
      expect((await raw(assertion)).status).toBe(401);
  });

  it('an assertion of one client does not speak for another', async () => {
    const borrowed = await signing.post('/token', {
      client_id: rp.clientId,
      grant_type: 'authorization_code',
    });
    expect([400, 401]).toContain(borrowed.status);
    expect(['invalid_request', 'invalid_client']).toContain(borrowed.body.error);
  });

  it('a client with a secret or a key can not do without, nor with something else', async () => {
    const wanted = { grant_type: 'authorization_code', code: 'x', redirect_uri: rp.redirectUri };
    for (const client of [rp, signing])
      for (const secret of [undefined, 'guessed', rp.clientId]) {
        const fields = { ...wanted, client_id: client.clientId, client_secret: secret };
        expect((await client.post('/token', fields, { assertion: 'none' })).body.error).toBe(
          'invalid_client',
        );
      }
  });
});

describe('pushed requests (RFC 9126)', () => {
  it('of one client are of no use to another, and used up once they led somewhere', async () => {
    const pushed = await rp.push();
    expect((await opened(attacker.pushedHref(pushed.body.request_uri))).page.status).toBe(400);
    await citizen.browser.open(rp.pushedHref(pushed.body.request_uri));
    expect(broughtBy(citizen.browser)?.has('code')).toBe(true);
    await citizen.browser.open(rp.pushedHref(pushed.body.request_uri));
    expect(citizen.browser.page.status).toBe(400);
  });

  it('need the client to prove itself', async () => {
    expect((await rp.push({}, { assertion: 'none' })).body.error).toBe('invalid_client');
  });

  it('made up ones lead nowhere', async () => {
    for (const id of ['x', '', '../../etc/passwd', randomUUID()]) {
      const href = rp.pushedHref(`urn:ietf:params:oauth:request_uri:${id}`);
      expect((await opened(href)).page.status).toBe(400);
    }
  });

  it('are no larger than an address may be', async () => {
    const { status, body } = await spa.push({ state: 'x'.repeat(9_000) });
    expect({ status, body }).toEqual({ status: 413, body: { error: 'invalid_request' } });
  });

  it('a client that must push can not do without', async () => {
    const strict = await Software.join(kapu, { require_pushed_authorization_requests: true });
    expect(broughtBy(await opened(strict.href()))?.get('error')).toBe('invalid_request');
  });
});

describe('filling the store', () => {
  const claims = (count: number) => {
    const names = Array.from({ length: count }, (_, number) => [
      `https://portal.example.hu/claim-${number}`,
      null,
    ]);
    return JSON.stringify({ userinfo: Object.fromEntries(names) });
  };

  it('a request that holds more than 4 KiB is refused, in an address or pushed; a long honest one is not', async () => {
    const long = { state: 'x'.repeat(4_096) };
    expect(broughtBy(await opened(rp.href(long)))?.get('error')).toBe('invalid_request');
    const pushed = await rp.push(long);
    expect(broughtBy(await opened(rp.pushedHref(pushed.body.request_uri)))?.get('error')).toBe(
      'invalid_request',
    );
    const honest = rp.href({ claims: claims(70), state: 'x'.repeat(500) });
    expect(honest.length).toBeGreaterThan(4_096);
    expect((await opened(honest)).page.path).toMatch('/interaction/');
  });
});

describe('SSRF through metadata and requests', () => {
  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://10.0.0.1/jwks',
    'file:///etc/passwd',
    'gopher://x/',
  ])('jwks_uri %s can not be registered', async (jwks_uri) => {
    const metadata = { token_endpoint_auth_method: 'private_key_jwt', jwks_uri };
    await expect(Software.join(kapu, metadata)).rejects.toThrow('invalid-metadata');
  });

  it('request and request_uri by reference are not fetched', async () => {
    const request_uri = 'http://169.254.169.254/latest/meta-data';
    expect(broughtBy(await opened(rp.href({ request_uri })))?.get('error')).toBe('request_uri_not_supported');
  });
});

describe('token substitution', () => {
  it('an ID token, a code and a refresh token are no access tokens', async () => {
    const tokens = await tokensFor(rp, { scope: 'openid offline_access', prompt: 'consent' });
    for (const token of [tokens.id_token, tokens.refresh_token, await codeFor()])
      expect((await rp.userinfo(token)).status).toBe(401);
  });

  it('an access token is no refresh token, and a refresh token is only of its client', async () => {
    const tokens = await tokensFor(rp, { scope: 'openid offline_access', prompt: 'consent' });
    expect((await rp.refresh(tokens.access_token)).body.error).toBe('invalid_grant');
    for (const thief of [attacker, spa])
      expect((await thief.refresh(tokens.refresh_token)).body.error).toBe('invalid_grant');
  });

  it('a refresh asks for no more than was granted', async () => {
    const tokens = await tokensFor(rp, { scope: 'openid offline_access', prompt: 'consent' });
    expect((await rp.refresh(tokens.refresh_token, { scope: 'openid email' })).body.error).toBe(
      'invalid_scope',
    );
  });

  it('an access token in the address is refused', async () => {
    const { access_token } = await tokensFor();
    const response = await fetch(`${kapu.issuer}/me?access_token=${access_token}`);
    expect(response.status).toBe(400);
  });

  it('a stolen refresh token of a public client ends what it belongs to, when either uses it again', async () => {
    const first = await tokensFor(spa, { scope: 'openid offline_access', prompt: 'consent' });
    const thief = await spa.refresh(first.refresh_token);
    expect(thief.body.refresh_token).not.toBe(first.refresh_token);
    expect((await spa.refresh(first.refresh_token)).body.error).toBe('invalid_grant');
    expect((await spa.refresh(thief.body.refresh_token)).body.error).toBe('invalid_grant');
    expect((await spa.userinfo(thief.body.access_token)).status).toBe(401);
  });

  it("nobody revokes another's token", async () => {
    const tokens = await tokensFor();
    const tried = await attacker.post('/token/revocation', { token: String(tokens.access_token) });
    const madeUp = await attacker.post('/token/revocation', { token: 'made up' });
    expect([tried.status, tried.text]).toEqual([madeUp.status, madeUp.text]);
    expect((await rp.userinfo(tokens.access_token)).status).toBe(200);
    await rp.post('/token/revocation', { token: String(tokens.access_token) });
    expect((await rp.userinfo(tokens.access_token)).status).toBe(401);
  });

  it('a DPoP-bound token is no bearer token', async () => {
    const bound = await Software.join(kapu, { dpop_bound_access_tokens: true });
    await codeFor(bound);
    const tokens = await tokensFor(bound);
    expect(tokens.token_type).toBe('DPoP');
    expect((await bound.userinfo(tokens.access_token, { proof: 'none' })).status).toBe(401);
    expect((await bound.userinfo(tokens.access_token)).status).toBe(200);
  });

  it('our keys sign nothing by an algorithm that the client did not register', async () => {
    const { id_token } = await tokensFor();
    const keys = createRemoteJWKSet(new URL(`${kapu.issuer}/jwks`));
    const rs256 = jwtVerify(String(id_token), keys, { algorithms: ['RS256'] });
    await expect(rs256).rejects.toThrow();
  });
});

describe('flows that are not there', () => {
  it.each(['token', 'id_token', 'code id_token', 'code token', 'id_token token'])(
    'response_type=%s (implicit, hybrid)',
    async (response_type) => {
      const browser = await opened(rp.href({ response_type }));
      expect(browser.page.left ?? '').toContain('error=unsupported_response_type');
    },
  );

  it.each(['password', 'urn:ietf:params:oauth:grant-type:jwt-bearer', 'client_credentials', 'implicit'])(
    'grant_type=%s',
    async (grant_type) => {
      const fields = { grant_type, username: citizen.username, password: citizen.password };
      expect((await rp.post('/token', fields)).status).toBe(400);
    },
  );

  it.each(['none', 'HS256', 'ES512'])('a client can not register ID tokens by %s', async (alg) => {
    await expect(Software.join(kapu, { id_token_signed_response_alg: alg })).rejects.toThrow(
      'invalid-metadata',
    );
  });
});

function unsecured(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}

function hmac(claims: object, secret: string): Promise<string> {
  const key = createHash('sha256').update(secret).digest();
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(key);
}

async function withPublicKeyAsSecret(claims: object): Promise<string> {
  const response = await fetch(`${kapu.issuer}/jwks`);
  return hmac(claims, await response.text());
}

function signedBy(key: KeyObject, claims: object, header: object = {}): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', ...header }).sign(key);
}

/** Libraries refuse to sign with short keys. */
function signedByHand(key: KeyObject, claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const data = `${part({ alg: 'RS256' })}.${part(claims)}`;
  return `${data}.${sign('sha256', Buffer.from(data), key).toString('base64url')}`;
}

function embedded(claims: object): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return signedBy(privateKey, claims, { jwk: publicKey.export({ format: 'jwk' }) });
}

function bringing(header: (key: KeyObject) => object): object {
  const key = newKey();
  return { key, header: header(key) };
}
