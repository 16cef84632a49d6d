/** Registration by a portal's software (RFC 7591, RFC 7592): within its agreement, with one token, once. */
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import type { Agreement } from '../../provider/core/client.ts';
import { hashClientSecret } from '../../provider/flows/clients.ts';
import { Citizen } from '../support/citizen.ts';
import type { TestKapu } from '../support/kapu.ts';
import { Portal } from '../support/portal.ts';
import { HOURS, SECONDS, travel } from '../support/time.ts';
import { useKapu } from '../support/use-kapu.ts';

const HOST = 'portal.example.hu';
const REDIRECT = `https://${HOST}/callback`;
const ASKED = { client_name: 'Önálló Portál', redirect_uris: [REDIRECT] };

let kapu: TestKapu;
useKapu((started) => {
  kapu = started;
});
beforeEach(() => travel(1 * HOURS));

const AGREEMENT: Agreement = {
  scopes: ['openid', 'profile', 'email', 'offline_access'],
  level: 'low',
  hosts: [HOST],
  grantTypes: ['authorization_code', 'refresh_token'],
};

async function token(changes: Partial<Agreement> = {}, hours = 1): Promise<string> {
  const issued = await kapu.initialAccess.issue({ ...AGREEMENT, ...changes, hours }, { by: COMMAND_LINE });
  if (!issued.ok) throw new Error(issued.detail);
  return issued.token;
}

type Body = Record<string, unknown>;

async function call(method: string, address: string, bearer: string, body?: object | string) {
  const response = await fetch(address, {
    method,
    headers: { authorization: `Bearer ${bearer}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Body };
}

const register = async (body: object | string, bearer?: string) =>
  call('POST', `${kapu.issuer}/reg`, bearer ?? (await token()), body);

async function registered(body: object = ASKED, bearer?: string) {
  const { status, body: client } = await register(body, bearer);
  expect(client).not.toHaveProperty('error');
  expect(status).toBe(201);
  return client as Body & {
    client_id: string;
    client_secret: string;
    registration_client_uri: string;
    registration_access_token: string;
  };
}

/** What an update sends: everything that came back, as RFC 7592 §2.2 wants it. */
function asUpdate({ registration_access_token, registration_client_uri, ...client }: Body): Body {
  const { client_secret_expires_at: _, client_id_issued_at: __, ...rest } = client;
  return rest;
}

describe('a registered client', () => {
  it('logs people in with the secret that it was shown, which is stored hashed', async () => {
    const client = await registered({ ...ASKED, token_endpoint_auth_method: 'client_secret_post' });
    expect(await kapu.clients.find(client.client_id)).toMatchObject({
      client_secret: hashClientSecret(client.client_secret),
    });
    const portal = await Portal.of(kapu, client.client_id, client.client_secret);
    const citizen = await Citizen.born(kapu);
    const tokens = await citizen.logsIn(portal, { scope: 'openid profile' });
    expect(tokens.claims()?.acr).toBe(kapu.env.acrValues.low);
  });

  it('has safe defaults: pairwise, PKCE, the level and the scopes of its agreement', async () => {
    const client = await registered(ASKED, await token({ level: 'substantial' }));
    expect(client).toMatchObject({
      subject_type: 'pairwise',
      require_pkce: true,
      scope: AGREEMENT.scopes.join(' '),
      default_acr_values: [kapu.env.acrValues.substantial],
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  it('takes nothing for itself that is for an admin to give', async () => {
    const client = await registered({
      ...ASKED,
      first_party: true,
      require_pkce: false,
      subject_type: 'public',
      client_id: 'kapu-account',
      client_secret: 'chosen-by-a-stranger-000000',
      registration_agreement: { ...AGREEMENT, hosts: ['evil.example.hu'] },
      allowed_claims: ['mothers_birth_name'],
      resources: ['https://api.example.hu'],
    });
    const stored = await kapu.clients.find(client.client_id);
    expect(stored).toMatchObject({ subject_type: 'pairwise', registration_agreement: AGREEMENT });
    expect(stored?.require_pkce).not.toBe(false);
    for (const name of ['first_party', 'allowed_claims', 'resources']) expect(stored?.[name]).toBeUndefined();
    expect(client.client_id).not.toBe('kapu-account');
    expect(client.client_secret).not.toBe('chosen-by-a-stranger-000000');
  });
});

describe('an initial access token', () => {
  it('is good once, also for twenty at a time', async () => {
    const bearer = await token();
    const answers = await Promise.all(Array.from({ length: 20 }, () => register(ASKED, bearer)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
    expect((await register(ASKED, bearer)).status).toBe(401);
  });

  it('is not spent by metadata that is refused', async () => {
    const bearer = await token();
    expect((await register({ ...ASKED, redirect_uris: ['http://x'] }, bearer)).status).toBe(400);
    expect((await register('{', bearer)).status).toBe(400);
    expect((await register(ASKED, bearer)).status).toBe(201);
  });

  it('expires, and can be withdrawn before', async () => {
    const old = await token({}, 1);
    travel(1 * HOURS + 1 * SECONDS);
    expect((await register(ASKED, old)).status).toBe(401);
    const issued = await kapu.initialAccess.issue({ ...AGREEMENT, hours: 2 }, { by: COMMAND_LINE });
    if (!issued.ok) throw new Error(issued.detail);
    expect((await kapu.initialAccess.list()).map(({ id }) => id)).toEqual([issued.access.id]);
    expect(await kapu.initialAccess.withdraw(issued.access.id, { by: COMMAND_LINE })).toBe(true);
    expect(await kapu.initialAccess.withdraw(issued.access.id, { by: COMMAND_LINE })).toBe(false);
    expect((await register(ASKED, issued.token)).status).toBe(401);
    expect(await kapu.initialAccess.list()).toEqual([]);
  });

  it('is needed', async () => {
    const open = await fetch(`${kapu.issuer}/reg`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ASKED),
    });
    expect(open.status).toBe(401);
    expect((await register(ASKED, 'made-up')).status).toBe(401);
  });

  it.each<[string, Partial<Agreement> & { hours?: number }]>([
    ['no openid', { scopes: ['profile'] }],
    ['an unknown scope', { scopes: ['openid', 'everything'] }],
    ['no host', { hosts: [] }],
    ['an address for a host', { hosts: ['https://portal.example.hu'] }],
    ['a strange grant type', { grantTypes: ['authorization_code', 'password'] }],
    ['no hours', { hours: 0 }],
    ['too many hours', { hours: 721 }],
    ['half an hour', { hours: 0.5 }],
  ])('is not issued for %s', async (_what, changes) => {
    expect(
      await kapu.initialAccess.issue({ ...AGREEMENT, hours: 1, ...changes }, { by: COMMAND_LINE }),
    ).toMatchObject({
      ok: false,
    });
  });
});

describe('beyond the agreement', () => {
  it.each<[string, object]>([
    [
      "the scheme of anybody's application at the host",
      { application_type: 'native', redirect_uris: [`hu.gonosz.app://${HOST}/callback`] },
    ],
    ['a scope', { scope: 'openid natural_person' }],
    ['a lower level', { default_acr_values: ['http://eidas.europa.eu/LoA/low'] }],
    [
      'an unknown level before the right one',
      { default_acr_values: ['http://eidas.europa.eu/LoA/low', 'http://eidas.europa.eu/LoA/substantial'] },
    ],
    ['a grant type', { grant_types: ['authorization_code', 'client_credentials'] }],
    ['a redirect to another host', { redirect_uris: [REDIRECT, 'https://evil.example.hu/callback'] }],
    ['a redirect to a host that begins alike', { redirect_uris: [`https://${HOST}.evil.hu/callback`] }],
    ['a redirect with user info', { redirect_uris: [`https://${HOST}@evil.hu/callback`] }],
    ['a redirect without TLS', { redirect_uris: [`http://${HOST}/callback`] }],
    ['an app of its own scheme', { application_type: 'native', redirect_uris: ['hu.portal:/callback'] }],
    ['a logout address elsewhere', { post_logout_redirect_uris: ['https://evil.example.hu/'] }],
    [
      'keys elsewhere',
      { jwks_uri: 'https://evil.example.hu/jwks', token_endpoint_auth_method: 'private_key_jwt' },
    ],
    ['a sector elsewhere', { sector_identifier_uri: 'https://evil.example.hu/sector' }],
    ['back-channel logout elsewhere', { backchannel_logout_uri: 'https://evil.example.hu/logout' }],
    ['terms elsewhere', { tos_uri: 'https://evil.example.hu/tos' }],
    ['a script for an address', { policy_uri: 'javascript:alert(1)' }],
    ['a name that lies over other lines', { client_name: `a${'\u0301'.repeat(40)}` }],
    ['a name that hides', { client_name: 'Portál\u202egpj.exe' }],
    ['something else than a name', { client_name: { hu: 'x' } }],
    ['implicit tokens', { response_types: ['id_token'] }],
    ['a shared signature', { id_token_signed_response_alg: 'HS256' }],
  ])('%s is refused', async (_what, changes) => {
    const { status, body } = await register({ ...ASKED, ...changes }, await token({ level: 'substantial' }));
    expect(body).toMatchObject({ error: expect.stringMatching(/^invalid_(client_metadata|redirect_uri)$/) });
    expect(status).toBe(400);
  });
});

describe('an update by registration access token', () => {
  it('changes the client at once, rotates the token, and shows no secret again', async () => {
    const client = await registered();
    const { body: read } = await call(
      'GET',
      client.registration_client_uri,
      client.registration_access_token,
    );
    expect(read).toMatchObject({ client_id: client.client_id, client_name: ASKED.client_name });
    expect(read).not.toHaveProperty('client_secret');

    const warnings = jest.spyOn(console, 'warn');
    const update = { ...asUpdate(client), client_name: 'Új név' };
    const { status, body } = await call(
      'PUT',
      client.registration_client_uri,
      client.registration_access_token,
      update,
    );
    expect(status).toBe(200);
    expect(warnings).not.toHaveBeenCalled();
    expect(body).toMatchObject({ client_name: 'Új név' });
    expect(body).not.toHaveProperty('client_secret');
    expect(body.registration_access_token).not.toBe(client.registration_access_token);
    expect(await kapu.clients.find(client.client_id)).toMatchObject({
      client_name: 'Új név',
      client_secret: hashClientSecret(client.client_secret),
      registration_agreement: AGREEMENT,
    });

    const old = await call('GET', client.registration_client_uri, client.registration_access_token);
    expect(old.status).toBe(401);
    const fresh = await call('GET', client.registration_client_uri, String(body.registration_access_token));
    expect(fresh.status).toBe(200);
  });

  it('knows the secret: the right one passes, a wrong one and the stored hash do not', async () => {
    const client = await registered();
    for (const wrong of ['wrong', hashClientSecret(client.client_secret)]) {
      const update = { ...asUpdate(client), client_secret: wrong };
      const refused = await call(
        'PUT',
        client.registration_client_uri,
        client.registration_access_token,
        update,
      );
      expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    }
  });

  it('shows a new secret when it needs one for the first time', async () => {
    const client = await registered({ ...ASKED, token_endpoint_auth_method: 'none' });
    expect(client.client_secret).toBeUndefined();
    const update = { ...asUpdate(client), token_endpoint_auth_method: 'client_secret_basic' };
    const { body } = await call(
      'PUT',
      client.registration_client_uri,
      client.registration_access_token,
      update,
    );
    expect(await kapu.clients.find(client.client_id)).toMatchObject({
      client_secret: hashClientSecret(String(body.client_secret)),
    });
  });

  it('stays within the agreement', async () => {
    const client = await registered();
    for (const changes of [
      { redirect_uris: ['https://evil.example.hu/'] },
      { scope: 'openid natural_person' },
    ]) {
      const update = { ...asUpdate(client), ...changes };
      const refused = await call(
        'PUT',
        client.registration_client_uri,
        client.registration_access_token,
        update,
      );
      expect(refused.status).toBe(400);
    }
    const grabbing = {
      ...asUpdate(client),
      first_party: true,
      registration_agreement: { ...AGREEMENT, hosts: [] },
    };
    await call('PUT', client.registration_client_uri, client.registration_access_token, grabbing);
    const stored = await kapu.clients.find(client.client_id);
    expect(stored?.first_party).toBeUndefined();
    expect(stored?.registration_agreement).toEqual(AGREEMENT);
  });

  it.each([
    '[]',
    '"x"',
    '{',
    '{"client_secret":{}}',
    `{"client_name":"${'x'.repeat(60_000)}"}`,
    '{"__proto__":{"first_party":true}}',
  ])('a broken body is refused: %#', async (body) => {
    const client = await registered();
    const refused = await call('PUT', client.registration_client_uri, client.registration_access_token, body);
    expect(refused.status).toBe(400);
  });

  it("another client's token opens nothing and is dead afterwards", async () => {
    const [one, other] = [await registered(), await registered()];
    expect((await call('GET', one.registration_client_uri, other.registration_access_token)).status).toBe(
      401,
    );
    expect((await call('GET', other.registration_client_uri, other.registration_access_token)).status).toBe(
      401,
    );
  });

  it('removes the client, with its token', async () => {
    const client = await registered();
    expect(
      (await call('DELETE', client.registration_client_uri, client.registration_access_token)).status,
    ).toBe(204);
    expect(await kapu.clients.find(client.client_id)).toBeUndefined();
    expect((await call('GET', client.registration_client_uri, client.registration_access_token)).status).toBe(
      401,
    );
  });

  it('a client that an admin registers under an old id is not the old token’s to manage', async () => {
    const client = await registered();
    await kapu.clientChanges.remove(client.client_id, { by: COMMAND_LINE });
    await kapu.registerClient({ client_id: client.client_id, redirect_uris: [REDIRECT] });
    for (const method of ['GET', 'DELETE'])
      expect(
        (await call(method, client.registration_client_uri, client.registration_access_token)).status,
      ).toBe(401);
    const shouted = client.registration_client_uri.replace('/reg/', '/REG/');
    const headers = { authorization: `Bearer ${client.registration_access_token}` };
    expect((await fetch(shouted, { headers })).status).toBe(404);
    expect(await kapu.clients.find(client.client_id)).toBeDefined();
  });
});

it('the log holds no token and no secret', async () => {
  const bearer = await token();
  const client = await registered(ASKED, bearer);
  await call('GET', client.registration_client_uri, client.registration_access_token);
  const logged = kapu.logged();
  for (const secret of [bearer, client.client_secret, client.registration_access_token])
    expect(logged).not.toContain(secret);
});
