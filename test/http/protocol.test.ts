/** What a portal's software can rely on beyond logging in: tokens for others, levels that keep apart, consent, browsers. */
import { describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { arrival, broughtBy } from '../support/arrival.ts';
import { Citizen } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { type Fields, Software } from '../support/software.ts';
import { MINUTES, SECONDS, travel } from '../support/time.ts';
import { useKapu } from '../support/use-kapu.ts';

let kapu: TestKapu;
let rp: Software;
let citizen: Citizen;

const CASES = 'https://cases.example.hu/api';
const MAIL = 'urn:example:mail';
const post = { token_endpoint_auth_method: 'client_secret_post' };
const read = { 'cases:read': { hu: 'megnézi az ügyeit', en: 'see your cases' } };

let cases: Software;
let mail: Software;

useKapu(async (started) => {
  kapu = started;
  const server = { ...post, redirect_uris: [], post_logout_redirect_uris: [], grant_types: [] };
  const named = { client_name: 'Ügykövető', 'client_name#en': 'Case tracker' };
  cases = await Software.join(kapu, { ...server, ...named, client_id: CASES, resource_scopes: read });
  mail = await Software.join(kapu, {
    ...server,
    client_id: MAIL,
    resource_scopes: { 'mail:send': { hu: 'levelet küld', en: 'send mail' } },
    resource_token_format: 'opaque',
  });
  rp = await Software.join(kapu, { resources: [CASES, MAIL] });
  citizen = await Citizen.born(kapu);
});

const goesThrough = (client: Software, parameters: Fields = {}, who = citizen) =>
  arrival(who, client.href(parameters));

async function tokensFor(client: Software, parameters: Fields = {}, fields: Fields = {}, who = citizen) {
  const brought = await goesThrough(client, parameters, who);
  const { status, body } = await client.redeem(brought.get('code') ?? '', fields);
  expect({ status, body, brought: `${brought}` }).toMatchObject({ status: 200 });
  return body;
}

const verified = (token: unknown, audience: string) =>
  jwtVerify(String(token), createRemoteJWKSet(new URL(`${kapu.issuer}/jwks`)), {
    issuer: kapu.issuer,
    audience,
    algorithms: ['ES256'],
    typ: 'at+jwt',
  });

describe('access tokens for resource servers (RFC 8707, RFC 9068)', () => {
  const asking = { scope: 'openid cases:read', resource: CASES };

  it('are ES256 JWTs for one audience, of the scopes granted, for five minutes', async () => {
    const tokens = await tokensFor(rp, asking, { resource: CASES });
    expect(tokens.scope).toBe('cases:read');
    const { payload } = await verified(tokens.access_token, CASES);
    expect(payload).toMatchObject({ client_id: rp.clientId, scope: 'cases:read', aud: CASES });
    expect(payload.sub).toBe(decodeJwt(String(tokens.id_token)).sub);
    expect(Number(payload.exp) - Number(payload.iat)).toBe(300);
    expect((await rp.userinfo(tokens.access_token)).status).toBe(401);
  });

  it('without resource at the token endpoint the token is for userinfo', async () => {
    const tokens = await tokensFor(rp, asking);
    expect((await rp.userinfo(tokens.access_token)).status).toBe(200);
  });

  it.each([
    ['an unknown one', 'https://unknown.example.hu/'],
    ['a portal, which is none', 'https://portal.example.hu/'],
    ['with a fragment', `${CASES}#x`],
    ['no address', 'cases'],
  ])('%s is invalid_target', async (_, resource) => {
    await citizen.browser.open(rp.href({ ...asking, resource }));
    expect(broughtBy(citizen.browser)?.get('error')).toBe('invalid_target');
  });

  it('one that the admin did not give to the client is invalid_target, at /auth and at /token', async () => {
    const other = await Software.join(kapu, { resources: [MAIL] });
    await citizen.browser.open(other.href(asking));
    expect(broughtBy(citizen.browser)?.get('error')).toBe('invalid_target');
    const code = (await goesThrough(rp, asking)).get('code') ?? '';
    expect((await rp.redeem(code, { resource: MAIL })).body.error).toBe('invalid_target');
  });

  it('consent names the resource server and what may be done there', async () => {
    const asker = await Software.join(kapu, { resources: [CASES], client_name: 'Másik' });
    const person = await Citizen.born(kapu);
    await person.browser.open(asker.href({ ...asking, ui_locales: 'en' }));
    await person.choosesMethod('password');
    await person.entersPassword();
    expect(person.browser.text).toContain('Case tracker');
    expect(person.browser.text).toContain('see your cases');
  });

  it.each<[string, object]>([
    ['response types', { response_types: ['code'], redirect_uris: ['https://api.example.hu/cb'] }],
    ['a scope of our own', { resource_scopes: { openid: { hu: 'x', en: 'x' } } }],
    ['a scope that is none', { resource_scopes: { 'a b': { hu: 'x', en: 'x' } } }],
    ['no words', { resource_scopes: { 'a:b': { hu: 'x' } } }],
    ['no scope', { resource_scopes: {} }],
    ['no address', { client_id: 'cases' }],
    ['another format', { resource_token_format: 'saml' }],
  ])('a resource server with %s can not be registered', async (_, metadata) => {
    const server = {
      ...post,
      redirect_uris: [],
      client_id: 'https://api.example.hu/',
      resource_scopes: read,
    };
    await expect(Software.join(kapu, { ...server, ...metadata })).rejects.toThrow('invalid-metadata');
  });
});

describe('introspection (RFC 7662)', () => {
  const ask = async (client: Software, token: unknown, headers?: Record<string, string>) =>
    client.post('/token/introspection', { token: String(token) }, headers ? { headers } : {});

  it('answers the owner and the audience, and nobody else', async () => {
    const asking = { scope: 'openid mail:send', resource: MAIL };
    const tokens = await tokensFor(rp, asking, { resource: MAIL });
    const { sub } = decodeJwt(String(tokens.id_token));
    for (const client of [rp, mail])
      expect((await ask(client, tokens.access_token)).body).toMatchObject({
        active: true,
        sub,
        aud: MAIL,
        scope: 'mail:send',
        client_id: rp.clientId,
        iss: kapu.issuer,
      });
    const stranger = await Software.join(kapu);
    for (const client of [stranger, cases])
      expect((await ask(client, tokens.access_token)).body).toEqual({ active: false });
    const spa = await Software.join(kapu, { token_endpoint_auth_method: 'none' });
    expect((await ask(spa, (await tokensFor(spa)).access_token)).body).toEqual({ active: false });
  });

  it('knows what is revoked, over, or made up', async () => {
    const tokens = await tokensFor(rp);
    expect((await ask(rp, tokens.access_token)).body.active).toBe(true);
    travel(10 * MINUTES);
    expect((await ask(rp, tokens.access_token)).body).toEqual({ active: false });
    expect((await ask(rp, 'made up')).body).toEqual({ active: false });
  });

  it('answers as a signed JWT when asked (RFC 9701)', async () => {
    const tokens = await tokensFor(rp);
    const answer = await ask(rp, tokens.access_token, { accept: 'application/token-introspection+jwt' });
    expect(answer.headers.get('content-type')).toContain('application/token-introspection+jwt');
    const keys = createRemoteJWKSet(new URL(`${kapu.issuer}/jwks`));
    const { payload } = await jwtVerify(answer.text, keys, { audience: rp.clientId });
    expect(payload.token_introspection).toMatchObject({ active: true, client_id: rp.clientId });
  });
});

describe('client_credentials: machines', () => {
  const machine = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] };
  const bare = { ...machine, post_logout_redirect_uris: [] };
  const asking = { grant_type: 'client_credentials', scope: 'cases:read' };

  it('get tokens for the resource servers they were given; one need not be named', async () => {
    const client = await Software.join(kapu, { ...bare, resources: [CASES] });
    for (const resource of [CASES, undefined]) {
      const { body } = await client.post('/token', { ...asking, resource });
      const { payload } = await verified(body.access_token, CASES);
      expect(payload).toMatchObject({
        sub: client.clientId,
        client_id: client.clientId,
        scope: 'cases:read',
      });
      expect(body).not.toHaveProperty('refresh_token');
      expect(body).not.toHaveProperty('id_token');
    }
  });

  it('of several must name one, and get nothing for none', async () => {
    const two = await Software.join(kapu, { ...bare, resources: [CASES, MAIL] });
    expect((await two.post('/token', asking)).body.error).toBe('invalid_target');
    const none = await Software.join(kapu, bare);
    expect((await none.post('/token', asking)).body.error).toBe('invalid_target');
    expect((await none.post('/token', { ...asking, resource: CASES })).body.error).toBe('invalid_target');
  });

  it('a portal that is not registered for it gets nothing', async () => {
    const { status, body } = await rp.post('/token', { ...asking, resource: CASES });
    expect({ status, token: body.access_token }).toEqual({ status: 400, token: undefined });
  });
});

describe('DPoP nonces', () => {
  it('are the same on all instances, and differ where the secrets do', async () => {
    const nonceOf = async (instance: TestKapu) => {
      const client = await Software.joinFapi(instance);
      const answer = await client.redeem('x', {}, { proof: { claims: { nonce: undefined } } });
      expect(answer.body.error).toBe('use_dpop_nonce');
      return answer.headers.get('dpop-nonce');
    };
    const variables = { PAIRWISE_SALT: kapu.env.pairwiseSalt };
    const others = [await startKapu({ variables }), await startKapu()];
    const [own, same, different] = await Promise.all([kapu, ...others].map(nonceOf));
    expect(same).toBe(own);
    expect(different).not.toBe(own);
    await Promise.all(others.map((other) => other.stop()));
  });
});

describe('levels in one session', () => {
  it('each ID token says what had happened when it was asked for, refreshed ones too', async () => {
    const { low, substantial } = kapu.env.acrValues;
    const person = await Citizen.born(kapu, { enrolled: true });
    const offline = { scope: 'openid offline_access', prompt: 'consent' };
    const plain = await Software.join(kapu);
    const strict = await Software.join(kapu, { default_acr_values: [substantial] });
    const seen = (body: Readonly<Record<string, unknown>>) => {
      const { acr, amr, auth_time } = decodeJwt(String(body.id_token));
      return { acr, amr, auth_time };
    };
    const first = await tokensFor(plain, offline, {}, person);
    const then = Math.floor(Date.now() / 1000);
    travel(90 * SECONDS);
    const second = await tokensFor(strict, {}, {}, person);
    const refreshed = (await plain.refresh(first.refresh_token)).body;
    const atLow = { acr: low, amr: ['pwd'], auth_time: then };
    expect([seen(first), seen(refreshed)]).toEqual([atLow, atLow]);
    expect(seen(second)).toEqual({ acr: substantial, amr: ['pwd', 'otp', 'mfa'], auth_time: then });
    expect(seen(await tokensFor(plain, {}, {}, person)).acr).toBe(substantial);
  });

  it('a floor that an admin raises holds for refresh tokens that were given below it', async () => {
    const plain = await Software.join(kapu);
    const tokens = await tokensFor(plain, { scope: 'openid offline_access', prompt: 'consent' });
    expect((await plain.refresh(tokens.refresh_token)).status).toBe(200);
    const { metadata } = (await kapu.clients.record(plain.clientId))!;
    const raised = { ...metadata, default_acr_values: [kapu.env.acrValues.substantial] };
    const edit = { state: { metadata: raised }, basedOn: 1 };
    await kapu.clientChanges.edit(plain.clientId, edit, { by: COMMAND_LINE });
    travel(2 * SECONDS);
    expect((await plain.refresh(tokens.refresh_token)).body.error).toBe('invalid_grant');
  });

  it('default_max_age and require_auth_time of a client hold', async () => {
    const fresh = await Software.join(kapu, { default_max_age: 60, require_auth_time: true });
    expect(decodeJwt(String((await tokensFor(fresh)).id_token))).toHaveProperty('auth_time');
    travel(61 * SECONDS);
    await citizen.browser.open(fresh.href({ prompt: 'none' }));
    expect(broughtBy(citizen.browser)?.get('error')).toBe('login_required');
  });
});

describe('what a portal may know', () => {
  it('without a scope in its metadata it may not ask for birth names', async () => {
    await citizen.browser.open(rp.href({ scope: 'openid natural_person' }));
    expect(broughtBy(citizen.browser)?.get('error')).toBe('invalid_scope');
  });

  it('a claim that the admin allowed alone comes alone, and consent says so', async () => {
    const modest = await Software.join(kapu, { scope: 'openid', allowed_claims: ['birthdate'] });
    const claims = JSON.stringify({ userinfo: { birthdate: null } });
    const person = await Citizen.born(kapu);
    await person.browser.open(modest.href({ claims }));
    await person.choosesMethod('password');
    await person.entersPassword();
    expect(person.browser.text).toContain('születési idő');
    expect(person.browser.text).not.toContain('anyja születési neve');
    const tokens = await tokensFor(modest, { claims }, {}, person);
    expect(Object.keys((await modest.userinfo(tokens.access_token)).body).toSorted()).toEqual([
      'birthdate',
      'sub',
    ]);
    await person.browser.open(
      modest.href({ claims: JSON.stringify({ userinfo: { birthdate: null, email: null } }) }),
    );
    expect(broughtBy(person.browser)?.get('error')).toBe('invalid_request');
  });

  it('consent is asked again when more is wanted, and tells what is new', async () => {
    const curious = await Software.join(kapu);
    const person = await Citizen.born(kapu);
    await tokensFor(curious, { scope: 'openid email' }, {}, person);
    await person.browser.open(curious.href({ scope: 'openid email' }));
    expect(broughtBy(person.browser)?.has('code')).toBe(true);
    await person.browser.open(curious.href({ scope: 'openid email profile' }));
    const { text } = person.browser;
    expect(text.indexOf('Ez az új')).toBeLessThan(text.indexOf('teljes név'));
    expect(text.indexOf('teljes név')).toBeLessThan(text.indexOf('Ezt korábban már engedélyezte'));
    expect(text.indexOf('Ezt korábban már engedélyezte')).toBeLessThan(text.indexOf('E-mail-cím'));
    await person.browser.submit('/cancel');
    await person.browser.open(curious.href({ scope: 'openid email profile', prompt: 'none' }));
    expect(broughtBy(person.browser)?.get('error')).toBe('consent_required');
  });

  it('a first-party client asks nothing, its resource servers included', async () => {
    const own = await Software.join(kapu, { first_party: true, resources: [CASES] });
    await citizen.browser.open(own.href({ scope: 'openid profile cases:read', resource: CASES }));
    if (citizen.browser.hasForm('/password')) await citizen.entersPassword();
    expect(broughtBy(citizen.browser)?.has('code')).toBe(true);
  });

  it('sub is the account itself only where an admin made it public', async () => {
    const open = await Software.join(kapu, { subject_type: 'public' });
    expect(decodeJwt(String((await tokensFor(open)).id_token)).sub).toBe(citizen.accountId);
  });
});

describe('browsers that call the server (CORS)', () => {
  it('may do so for a public client, from the pages it is sent back to, and for nobody else', async () => {
    const spa = await Software.join(kapu, { token_endpoint_auth_method: 'none' });
    const tokens = await tokensFor(spa, { scope: 'openid offline_access', prompt: 'consent' });
    const from = (origin: string) => ({ headers: { origin } });
    const own = await spa.refresh(tokens.refresh_token, {}, from('https://portal.example.hu'));
    expect(own.headers.get('access-control-allow-origin')).toBe('https://portal.example.hu');
    for (const origin of ['https://evil.example', 'null']) {
      const foreign = await spa.refresh(own.body.refresh_token, {}, from(origin));
      expect({ status: foreign.status, body: foreign.body }).toMatchObject({
        body: { error: 'invalid_request' },
      });
      expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    }
    const confidential = await rp.refresh('x', {}, from('https://portal.example.hu'));
    expect(confidential.headers.get('access-control-allow-origin')).toBeNull();
  });
});
