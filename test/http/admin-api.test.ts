/** The Admin API: who may do what, what comes of two who do it at once, and nothing but what its document promises. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import { PNG } from 'pngjs';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { ADMIN_SCOPES } from '../../provider/core/admin-scope.ts';
import { Citizen, PASSWORD } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { Machine, type Told } from '../support/machine.ts';
import { describeWithRedis } from '../support/needs.ts';
import { hostileRequests, type OpenApi, operationsIn, promisesOf } from '../support/openapi.ts';
import { Portal } from '../support/portal.ts';
import { startRedis } from '../support/redis-server.ts';
import { newKey, publicJwk } from '../support/software.ts';
import { HOURS, MINUTES, releaseClock, SECONDS, stopClock, travel } from '../support/time.ts';

const everything = [...ADMIN_SCOPES];
const problem = (name: string) => `urn:problem-type:kapu:${name}`;
const metadata = { redirect_uris: ['https://new.example.hu/callback'], client_name: 'Új portál' };

describe('on the embedded store', () => adminApi(async () => ({}), true));
describeWithRedis('on Redis', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  afterAll(() => redis.stop());
  adminApi(async () => {
    redis = await startRedis();
    return { redisUrl: redis.url };
  }, false);
});

/** What hangs on storage runs on both engines, the `whole` on one. */
function adminApi(engine: () => Promise<{ redisUrl?: string }>, whole: boolean) {
  const onOneStore = (name: string, tests: () => void) => whole && describe(name, tests);

  let kapu: TestKapu;
  let admin: Machine;

  beforeAll(async () => {
    stopClock();
    kapu = await startKapu(await engine());
    admin = await Machine.join(kapu, everything);
  });
  afterAll(async () => {
    await kapu.stop();
    releaseClock();
  });

  const openApi = async () => (await (await fetch(`${admin.base}/openapi.json`)).json()) as OpenApi;
  const operations = async () => operationsIn(await openApi());
  const newcomer = async (by = admin) =>
    (await by.ask('POST', '/clients', { json: { metadata } })).body as {
      client_id: string;
      client_secret: string;
    };
  const outcomes = (answers: readonly Told[]) => answers.map(({ status }) => status).toSorted();

  onOneStore('its document', () => {
    it('is OpenAPI 3.1, to a validator of somebody else', async () => {
      const result = await new Validator().validate(await openApi());
      expect(result).toEqual({ valid: true });
    });

    it('asks for one scope at every operation, and for no other than an admin can give', async () => {
      const all = await operations();
      expect(all.length).toBeGreaterThan(15);
      for (const { scope } of all) expect(ADMIN_SCOPES).toContain(scope);
    });
  });

  onOneStore('who may do what', () => {
    it('nobody without a token, and nobody with the wrong scope', async () => {
      for (const { path, method, scope } of await operations()) {
        const others = everything.filter((one) => one !== scope);
        const there = path.replaceAll(/\{\w+\}/g, 'x');
        const nobody = await admin.ask(method, there, { headers: { authorization: '' } });
        expect([path, nobody.status]).toEqual([path, 401]);
        expect(nobody.headers.get('www-authenticate')).toMatch(/^Bearer realm="[^"]+"$/);
        const other = await Machine.join(kapu, others);
        const answer = await other.ask(method, there);
        expect([path, answer.status, answer.body.type]).toEqual([path, 403, problem('insufficient-scope')]);
        expect(answer.headers.get('www-authenticate')).toContain(`scope="${scope}"`);
      }
    });

    it('a token of a person, of another audience, or of narrower scope is not enough', async () => {
      const portal = await Portal.join(kapu);
      const citizen = await Citizen.born(kapu);
      const { access_token } = await citizen.logsIn(portal);
      const with_ = (token: string) =>
        admin.ask('GET', '/clients', { headers: { authorization: `Bearer ${token}` } });
      expect((await with_(access_token)).status).toBe(401);
      expect((await with_('made-up')).headers.get('www-authenticate')).toContain('error="invalid_token"');
      const narrow = await admin.token('accounts:read');
      await admin.token();
      expect((await with_(narrow)).status).toBe(403);
      expect((await with_((await portal.visit()).url)).status).toBe(401);
    });

    it('no cookie of an admin who is logged in does', async () => {
      const citizen = await Citizen.born(kapu);
      await citizen.comesHome();
      const cookie = (await citizen.browser.open('/admin/api/v1/clients')).status;
      expect(cookie).toBe(401);
    });

    it('a scope that an admin takes back, and a client that is disabled, are over at once', async () => {
      const machine = await Machine.join(kapu, everything);
      expect((await machine.ask('GET', '/accounts')).status).toBe(200);
      const { clientId } = machine.software;
      const { metadata: old } = (await kapu.clients.record(clientId))!;
      const state = { metadata: { ...old, admin_scopes: ['clients:read'] } };
      await kapu.clientChanges.edit(clientId, { state, basedOn: 1 }, { by: COMMAND_LINE });
      expect((await machine.ask('GET', '/accounts')).status).toBe(403);
      await kapu.clientChanges.disable(clientId, { by: COMMAND_LINE });
      expect((await machine.ask('GET', '/clients')).status).toBe(401);
      travel(2 * SECONDS);
      await kapu.clientChanges.enable(clientId, { by: COMMAND_LINE });
      expect((await machine.ask('GET', '/clients')).status).toBe(401);
    });

    it('a token bound to a key works with its proof alone, once for each proof', async () => {
      const keyed = { token_endpoint_auth_method: 'private_key_jwt', dpop_bound_access_tokens: true };
      const machine = await Machine.join(kapu, everything, keyed);
      const token = await machine.token();
      const path = '/admin/api/v1/clients';
      const ath = createHash('sha256').update(token).digest('base64url');
      const sent = async (dpop: string | undefined) =>
        machine.ask('GET', '/clients', {
          headers: { authorization: `${dpop ? 'DPoP' : 'Bearer'} ${token}`, ...(dpop && { dpop }) },
        });
      const proof = await machine.software.proof('GET', path, { claims: { ath } });
      expect((await sent(undefined)).status).toBe(401);
      expect((await sent(proof)).status).toBe(200);
      expect((await sent(proof)).status).toBe(401);
      const elsewhere = await machine.software.proof('GET', '/me', { claims: { ath } });
      expect((await sent(elsewhere)).status).toBe(401);
    });

    it.each<[string, object]>([
      [
        'people log in at',
        {
          grant_types: ['authorization_code'],
          response_types: ['code'],
          redirect_uris: ['https://a.example.hu/'],
        },
      ],
      ['has no secret', { token_endpoint_auth_method: 'none' }],
      ['wants more than there is', { admin_scopes: ['everything'] }],
    ])('a client that %s can not be given scopes', async (_, more) => {
      await expect(Machine.join(kapu, everything, more)).rejects.toThrow('admin_scopes');
    });
  });

  onOneStore('a program can not raise itself', () => {
    it('nor another: clients of this interface are not made, changed or brought back through it', async () => {
      const wanted = { metadata: { admin_scopes: everything } };
      expect((await admin.ask('POST', '/clients', { json: wanted })).body.type).toBe(problem('admins-only'));
      const at = `/clients/${admin.software.clientId}`;
      const headers = { 'if-match': '"1"' };
      for (const [method, path, json] of [
        ['PUT', at, { metadata: {} }],
        ['DELETE', at, undefined],
        ['POST', `${at}/secrets`, { overlap_hours: 0 }],
        ['POST', `${at}/disable`, {}],
        ['POST', `${at}/restore`, { revision: 1 }],
      ] as const)
        expect((await admin.ask(method, path, { json, headers })).body.type).toBe(problem('admins-only'));
      const { client_id } = await newcomer();
      const edit = { json: wanted, headers };
      expect((await admin.ask('PUT', `/clients/${client_id}`, edit)).status).toBe(403);
    });

    it('by way of staff: their sessions are an admin’s affair', async () => {
      const staff = await Citizen.born(kapu);
      await kapu.staffRoles.give(staff.accountId, 'operator', { by: COMMAND_LINE });
      expect(
        (await admin.ask('POST', `/accounts/${staff.accountId}/end-sessions`, { json: {} })).status,
      ).toBe(403);
      const json = { username: 'raised', data: { email: 'a@example.hu' }, roles: ['admin'] };
      expect((await admin.ask('POST', '/accounts', { json })).status).toBe(422);
    });
  });

  describe('clients', () => {
    it('are registered, shown, changed, disabled and removed; every change tells which program did it', async () => {
      const made = await admin.ask('POST', '/clients', { json: { metadata, why: 'új hivatal' } });
      expect(made.status).toBe(201);
      const { client_id, client_secret } = made.body as { client_id: string; client_secret: string };
      expect(client_secret).toMatch(/^[\w-]{43}$/);
      expect(made.headers.get('location')).toBe(`/admin/api/v1/clients/${client_id}`);
      const at = `/clients/${client_id}`;
      const seen = await admin.ask('GET', at);
      expect(seen.headers.get('etag')).toBe('"1"');
      expect(JSON.stringify(seen.body)).not.toContain(client_secret);
      expect(seen.body).toMatchObject({
        status: 'active',
        metadata: { default_acr_values: [kapu.env.acrValues.substantial] },
      });
      const edited = { ...(seen.body.metadata as object), client_name: 'Más név' };
      const headers = { 'if-match': '"1"' };
      const edit = await admin.ask('PUT', at, { json: { metadata: edited }, headers });
      expect(edit).toMatchObject({ status: 200, body: { revision: 2, metadata: edited } });
      expect((await admin.ask('POST', `${at}/disable`, { json: {}, headers })).status).toBe(412);
      const off = await admin.ask('POST', `${at}/disable`, { json: {}, headers: { 'if-match': '"2"' } });
      expect(off.body.status).toBe('disabled');
      const gone = await admin.ask('DELETE', `${at}?why=vége`, { headers: { 'if-match': '"3"' } });
      expect([gone.status, (await admin.ask('GET', at)).status]).toEqual([204, 404]);
      const { items } = (await admin.ask('GET', `${at}/versions`)).body as { items: { act: string }[] };
      expect(items.map(({ act }) => act)).toEqual(['removed', 'disabled', 'edited', 'registered']);
      const by = { kind: 'client', id: admin.software.clientId, name: 'Gép' };
      expect(items.at(-1)).toMatchObject({ by, why: 'új hivatal' });
      expect(items[0]).toMatchObject({ by, why: 'vége' });
    });

    it('of 20 who change the same one at once, one does; the others are told', async () => {
      const { client_id } = await newcomer();
      const edit = (name: number) =>
        admin.ask('PUT', `/clients/${client_id}`, {
          json: { metadata: { ...metadata, client_name: `${name}` } },
          headers: { 'if-match': '"1"' },
        });
      const answers = await Promise.all([...Array(20).keys()].map(edit));
      expect(outcomes(answers)).toEqual([200, ...Array(19).fill(412)]);
      expect((await kapu.clients.record(client_id))?.revision).toBe(2);
      expect((await admin.ask('PUT', `/clients/${client_id}`, { json: { metadata } })).status).toBe(428);
    });

    it('a creation that comes 20 times at once with one key creates once, and again gives the same answer', async () => {
      const before = (await kapu.clients.list({ limit: 1000 })).length;
      const headers = { 'idempotency-key': 'registration-of-today' };
      const create = (name = 'Új') =>
        admin.ask('POST', '/clients', { json: { metadata: { ...metadata, client_name: name } }, headers });
      const answers = await Promise.all(Array.from({ length: 20 }, () => create()));
      expect((await kapu.clients.list({ limit: 1000 })).length).toBe(before + 1);
      for (const { status } of answers) expect([201, 409]).toContain(status);
      const secrets = new Set(answers.flatMap(({ body }) => body.client_secret ?? []));
      const again = await create();
      expect([secrets.size, secrets.has(again.body.client_secret as string)]).toEqual([1, true]);
      expect((await create('Another')).body.type).toBe(problem('key-reused'));
      travel(25 * HOURS);
      await admin.token();
      expect((await create('Another')).status).toBe(201);
    });

    it('breaking a rule are refused with the place, and nothing happens', async () => {
      const refused = async (json: unknown) => (await admin.ask('POST', '/clients', { json })).body;
      const plain = { metadata: { redirect_uris: ['http://portal.example.hu/'] } };
      expect(await refused(plain)).toMatchObject({
        status: 422,
        errors: [{ pointer: '#/metadata/redirect_uris' }],
      });
      expect(await refused({ metadata, surprise: 1 })).toMatchObject({ type: problem('invalid-content') });
      expect(await refused({ metadata: { ...metadata, client_secret: 'x'.repeat(43) } })).toMatchObject({
        status: 422,
      });
    });

    it('with keys of their own get no secret, and say where they are', async () => {
      const jwks = { keys: [publicJwk(newKey(), { kid: 'k1', alg: 'ES256' })] };
      const json = { metadata: { ...metadata, token_endpoint_auth_method: 'private_key_jwt', jwks } };
      const made = await admin.ask('POST', '/clients', { json });
      expect(made.body).not.toHaveProperty('client_secret');
      expect(made.headers.get('location')).toBe(`/admin/api/v1/clients/${made.body.client_id}`);
    });

    it('secrets are replaced with both working; the list goes on from page to page', async () => {
      const { client_id } = await newcomer();
      travel(1 * SECONDS);
      const issued = await admin.ask('POST', `/clients/${client_id}/secrets`, {
        json: { overlap_hours: 24 },
        headers: { 'if-match': '"1"' },
      });
      const { secrets } = issued.body as { secrets: { id: string }[] };
      expect([issued.status, secrets.length]).toEqual([201, 2]);
      const old = `/clients/${client_id}/secrets/${secrets[0]?.id}`;
      const ended = await admin.ask('DELETE', old, { headers: { 'if-match': '"2"' } });
      expect((ended.body.secrets as unknown[]).length).toBe(1);
      const seen: string[] = [];
      let next: unknown = '';
      while (next !== undefined) {
        const { body } = await admin.ask('GET', `/clients?limit=2${next ? `&cursor=${next}` : ''}`);
        seen.push(...(body.items as { client_id: string }[]).map((one) => one.client_id));
        next = body.next;
      }
      const all = (await kapu.clients.list({ limit: 1000 })).map((one) => one.metadata.client_id);
      expect(seen).toEqual(all);
    });
  });

  onOneStore('what waits for approval', () => {
    const owner = { kind: 'account', id: 'owner', name: 'Portál Gazdája' } as const;
    const proposed = async (more: object) => {
      const { client_id } = await newcomer();
      const { metadata: old, revision } = (await kapu.clients.record(client_id))!;
      const state = { metadata: { ...old, ...more } };
      await kapu.clientChanges.propose(client_id, { state, basedOn: revision }, { by: owner });
      return client_id;
    };
    const decide = (id: string, act: string, json: object = {}, tag = '"2"') =>
      admin.ask('POST', `/clients/${id}/proposal/${act}`, { json, headers: { 'if-match': tag } });

    it('is listed, shown, and approved as it was seen', async () => {
      const id = await proposed({ client_name: 'Szebb név' });
      const { items } = (await admin.ask('GET', '/proposals?limit=200')).body;
      expect(items).toContainEqual(expect.objectContaining({ client_id: id, kind: 'edit', by: owner }));
      const seen = await admin.ask('GET', `/clients/${id}/proposal`);
      expect(seen.body).toMatchObject({ to: { metadata: { client_name: 'Szebb név' } }, outdated: false });
      expect((await decide(id, 'approve', {}, '"1"')).status).toBe(412);
      expect((await decide(id, 'approve', {}, seen.headers.get('etag')!)).status).toBe(204);
      expect((await admin.ask('GET', `/clients/${id}`)).body).toMatchObject({
        metadata: { client_name: 'Szebb név' },
        waiting: false,
      });
      expect((await admin.ask('GET', `/clients/${id}/proposal`)).status).toBe(404);
      expect((await decide(id, 'approve', {}, '"3"')).body.type).toBe(problem('wrong-state'));
    });

    it('is declined with a reason; a removal does not wait where one admin is enough', async () => {
      const id = await proposed({ client_name: 'Csúnya név' });
      expect((await decide(id, 'decline')).body.errors).toMatchObject([{ pointer: '#/why' }]);
      expect((await decide(id, 'decline', { why: 'nem ez a neve' })).status).toBe(204);
      expect((await kapu.clients.record(id))?.metadata.client_name).toBe('Új portál');
      const other = await proposed({ client_name: 'Más' });
      const gone = await admin.ask('DELETE', `/clients/${other}`, { headers: { 'if-match': '"2"' } });
      expect([gone.status, await kapu.clients.record(other)]).toEqual([204, undefined]);
    });

    it('can make no program one of this interface', async () => {
      const more = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] };
      const id = await proposed({ ...more, admin_scopes: everything });
      expect((await kapu.clients.record(id))?.proposal?.to.metadata.admin_scopes).toEqual(everything);
      for (const act of ['approve', 'decline'])
        expect((await decide(id, act, { why: 'x' })).body.type).toBe(problem('admins-only'));
    });
  });

  it('clients are found by a word and sorted; the next page is there though its place was removed', async () => {
    const made = async (client_name: string) =>
      (await admin.ask('POST', '/clients', { json: { metadata: { ...metadata, client_name } } })).body
        .client_id as string;
    const ids = [];
    for (const name of ['Zebra Okmánytár', 'Álom Okmánytár', 'Béka Okmánytár']) {
      ids.push(await made(name));
      travel(1 * SECONDS);
    }
    const [zebra, alom, beka] = ids;
    const found = async (asked: string) => {
      const { items, next } = (await admin.ask('GET', `/clients?search=OKM%C3%81NY&${asked}`)).body;
      return { ids: (items as { client_id: string }[]).map((one) => one.client_id), next };
    };
    expect((await found('sort=name')).ids).toEqual([alom, beka, zebra]);
    expect((await found('sort=changed')).ids).toEqual([beka, alom, zebra]);
    const first = await found('sort=name&limit=1');
    await admin.ask('DELETE', `/clients/${alom}`, { headers: { 'if-match': '"1"' } });
    expect((await found(`sort=name&limit=1&cursor=${first.next}`)).ids).toEqual([beka]);
    const second = await found('sort=changed&limit=1');
    expect(await found(`sort=changed&cursor=${second.next}`)).toEqual({ ids: [zebra], next: undefined });
  });

  it('owners are accounts that are there; reasons stand beside the metadata', async () => {
    const { accountId } = await Citizen.born(kapu);
    const reasons = { profile: 'megszólítás' };
    const create = (owners: string[]) =>
      admin.ask('POST', '/clients', { json: { metadata, owners, reasons } });
    expect((await create([accountId, 'nobody'])).body).toMatchObject({
      status: 422,
      errors: [{ pointer: '#/owners', detail: 'unknown-owner: nobody' }],
    });
    const { client_id } = (await create([accountId])).body;
    const edit = (owners: string[]) =>
      admin.ask('PUT', `/clients/${client_id}`, {
        json: { metadata, owners },
        headers: { 'if-match': '"1"' },
      });
    expect((await edit(['nobody'])).status).toBe(422);
    expect((await edit([])).body).toMatchObject({ owners: [], reasons });
  });

  it('a removal of a second factor that is under way is seen, and stopped; none is asked for', async () => {
    const staff = await Citizen.born(kapu);
    await kapu.staffRoles.give(staff.accountId, 'operator', { by: COMMAND_LINE });
    const by = { kind: 'account', id: staff.accountId, name: 'Pult' } as const;
    const { accountId } = await Citizen.born(kapu, { enrolled: true });
    await kapu.deskResets.ask(accountId, { type: 'passport', ending: '123A' }, { by });
    const pending = async () =>
      ((await admin.ask('GET', '/factor-resets')).body.items as { id: string; account_id: string }[]).find(
        ({ account_id }) => account_id === accountId,
      );
    const reset = await pending();
    expect(reset).toMatchObject({ asked_by: by, document: { type: 'passport', ending: '123A' } });
    const at = `/accounts/${accountId}/factor-resets`;
    expect((await admin.ask('POST', at, { json: {} })).status).toBe(404);
    expect((await admin.ask('POST', `${at}/x/withdraw`, { json: {} })).status).toBe(409);
    const stop = await admin.ask('POST', `${at}/${reset?.id}/withdraw`, { json: { why: 'gyanús' } });
    expect([stop.status, await pending()]).toEqual([204, undefined]);
  });

  it("a client's logo is put and taken away, its keys asked for, and its logins told", async () => {
    const { client_id: id } = await newcomer();
    const at = `/clients/${id}`;
    const send = (body: Uint8Array, revision: number, type = 'image/png') =>
      admin.ask('PUT', `${at}/logo?why=arculat`, {
        body,
        headers: { 'content-type': type, 'if-match': `"${revision}"` },
      });
    const png = PNG.sync.write(new PNG({ width: 32, height: 32 }));
    const put = await send(png, 1);
    expect(put).toMatchObject({ status: 200, body: { revision: 2 } });
    const { logo_uri } = put.body.metadata as { logo_uri: string };
    expect((await fetch(logo_uri)).headers.get('content-type')).toBe('image/png');
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>');
    const refused = [
      await send(svg, 2),
      await send(png, 2, 'image/svg+xml'),
      await send(Buffer.alloc(300_000), 2),
    ];
    expect(refused.map(({ status }) => status)).toEqual([422, 415, 413]);
    expect((await send(png, 1)).status).toBe(412);
    const gone = await admin.ask('DELETE', `${at}/logo`, { headers: { 'if-match': '"2"' } });
    expect(gone.body).toMatchObject({ revision: 3 });
    expect(gone.body.metadata).not.toHaveProperty('logo_uri');

    expect(await admin.ask('POST', `${at}/fetch-keys`)).toMatchObject({ status: 409 });
    const jwks_uri = 'https://nobody.invalid/jwks.json';
    const keyed = { metadata: { ...metadata, token_endpoint_auth_method: 'private_key_jwt', jwks_uri } };
    const { client_id: other } = (await admin.ask('POST', '/clients', { json: keyed })).body;
    const fetched = await admin.ask('POST', `/clients/${other}/fetch-keys`);
    expect(fetched).toMatchObject({ status: 200, body: { ok: false, because: 'unreachable' } });

    const portal = await Portal.join(kapu);
    await (await Citizen.born(kapu, { enrolled: true })).logsIn(portal);
    await kapu.drain();
    for (const [period, length] of [
      ['day', 24],
      ['month', 30],
    ] as const) {
      const told = await admin.ask('GET', `/clients/${portal.clientId}/logins?period=${period}`);
      const items = told.body.items as { at: string; counts: object }[];
      expect(items).toHaveLength(length);
      expect(items.at(-1)?.counts).toEqual({ substantial: 1 });
    }
    expect((await admin.ask('GET', '/clients/nobody/logins')).status).toBe(404);
  });

  it('initial access tokens are issued, listed without the token, and withdrawn', async () => {
    const json = { hosts: ['portal.example.hu'] };
    const { status, body } = await admin.ask('POST', '/initial-access-tokens', { json });
    expect(status).toBe(201);
    const list = await admin.ask('GET', '/initial-access-tokens');
    expect(JSON.stringify(list.body)).toContain(String(body.id));
    expect(JSON.stringify(list.body)).not.toContain(String(body.token));
    expect((await admin.ask('DELETE', `/initial-access-tokens/${body.id}`)).status).toBe(204);
    expect((await admin.ask('DELETE', `/initial-access-tokens/${body.id}`)).status).toBe(404);
    const { items } = (await admin.ask('GET', '/history?limit=2')).body;
    const by = { id: admin.software.clientId };
    expect(items).toMatchObject([
      { kind: 'token-withdrawn', by },
      { kind: 'token-issued', by },
    ]);
    const strange = await admin.ask('POST', '/initial-access-tokens', { json: { hosts: ['NOT a host'] } });
    expect(strange.body).toMatchObject({ status: 422, errors: [{ pointer: '#/hosts' }] });
  });

  it('accounts are registered by mail, found, and logged out; no secret of theirs is ever told', async () => {
    const data = { email: 'uj@example.hu', family_name: 'Kiss', given_name: 'Éva', birthdate: '1950-01-02' };
    const json = { username: 'Új.Polgár', data };
    const made = await admin.ask('POST', '/accounts', { json });
    expect(made).toMatchObject({ status: 201, body: { activated: false, person: { family_name: 'Kiss' } } });
    const again = async (more: object) =>
      (await admin.ask('POST', '/accounts', { json: { ...json, ...more } })).body.type;
    expect(await again({ username: 'masik' })).toBe(problem('similar-accounts'));
    expect(await again({ despite: true })).toBe(problem('username-taken'));
    expect((await kapu.mails()).at(-1)).toContain('uj@example.hu');
    for (const by of ['username=új.polgár', 'email=uj@example.hu', 'name=kiss'])
      expect((await admin.ask('GET', `/accounts?${encodeURI(by)}`)).body.items).toMatchObject([
        { account_id: made.body.account_id },
      ]);

    const citizen = await Citizen.born(kapu, { enrolled: true });
    await citizen.comesHome();
    const at = `/accounts/${citizen.accountId}`;
    const sessions = (await admin.ask('GET', `${at}/sessions`)).body.items as object[];
    expect(sessions).toHaveLength(1);
    const seen = JSON.stringify([(await admin.ask('GET', at)).body, sessions]);
    for (const secret of [PASSWORD, citizen.secret!, '$argon2', 'keyId', 'hash'])
      expect(seen).not.toContain(secret);
    const [{ session_id: uid }] = sessions as [{ session_id: string }];
    expect((await admin.ask('DELETE', `${at}/sessions/${uid}x`)).status).toBe(404);
    expect((await admin.ask('POST', `${at}/end-sessions`, { json: { why: 'kérte' } })).status).toBe(204);
    const history = (await admin.ask('GET', `${at}/history?limit=1`)).body;
    const by = { id: admin.software.clientId };
    expect(history.items).toMatchObject([{ kind: 'sessions-ended-by-desk', why: 'kérte', by }]);
    expect((await admin.ask('GET', `${at}/sessions`)).body.items).toEqual([]);
    travel(1 * MINUTES);
    await citizen.comesHome();
    const [newest] = (await admin.ask('GET', `${at}/sessions`)).body.items as [{ session_id: string }];
    expect((await admin.ask('DELETE', `${at}/sessions/${newest.session_id}`)).status).toBe(204);
    expect((await admin.ask('GET', `${at}/sessions`)).body.items).toEqual([]);
  });

  it('the journal tells what programs did, by filters and in pages, and who looked', async () => {
    const { accountId } = await Citizen.born(kapu);
    for (const act of ['lock', 'unlock', 'lock'])
      await admin.ask('POST', `/accounts/${accountId}/${act}`, { json: { why: act } });
    await admin.ask('GET', `/accounts/${accountId}/history`);
    const of = async (asked: Record<string, string>) =>
      (await admin.ask('GET', `/history?${new URLSearchParams({ account_id: accountId, ...asked })}`))
        .body as {
        items: { kind: string; by: { id: string } }[];
        next?: string;
      };
    const kinds = ['account-viewed', 'account-locked', 'account-unlocked', 'account-locked'];
    const { items } = await of({});
    expect(items.map(({ kind }) => kind)).toEqual(kinds);
    expect(new Set(items.map(({ by }) => by.id))).toEqual(new Set([admin.software.clientId]));
    const first = await of({ limit: '3' });
    const second = await of({ limit: '3', cursor: first.next! });
    expect([...first.items, ...second.items].map(({ kind }) => kind)).toEqual(kinds);
    expect((await of({ kind: 'account-unlocked' })).items).toHaveLength(1);
    const tomorrow = new Date(Date.now() + 24 * HOURS).toISOString();
    expect((await of({ from: tomorrow })).items).toEqual([]);
    expect((await admin.ask('GET', '/history?from=yesterday')).status).toBe(400);
    const saved = await admin.ask('GET', `/history/export?account_id=${accountId}&outcome=accepted`);
    expect([saved.type, saved.body.lines]).toEqual([
      'application/x-ndjson',
      items.map((item) => ({ history: 'journal', ...item })),
    ]);
  });

  it('of 20 who correct the same person at once one does; who is locked is out, and in again when unlocked', async () => {
    const citizen = await Citizen.born(kapu);
    const at = `/accounts/${citizen.accountId}`;
    const tag = String((await admin.ask('GET', at)).headers.get('etag'));
    const correct = (place: number) =>
      admin.ask('PUT', `${at}/data`, {
        json: { data: { email: 'uj@example.hu', family_name: 'Nagy', place_of_birth: `Hely ${place}` } },
        headers: { 'if-match': tag },
      });
    const answers = await Promise.all([...Array(20).keys()].map(correct));
    expect(outcomes(answers)).toEqual([200, ...Array(19).fill(412)]);
    const status = async () => (await admin.ask('GET', at)).body.status;
    await admin.ask('POST', `${at}/lock`, { json: {} });
    expect(await status()).toBe('locked');
    await citizen.browser.open('/account');
    if (citizen.browser.hasForm('/method')) await citizen.choosesMethod('password');
    await citizen.entersPassword();
    expect(citizen.browser.hasForm('/password')).toBe(true);
    await admin.ask('POST', `${at}/unlock`, { json: {} });
    expect(await status()).toBe('active');
    const told = async (asked: string) =>
      (await admin.ask('GET', `${at}/history?${asked}`)).body as { items: object[]; next?: string };
    const changes = expect.arrayContaining([{ field: 'family_name', was: expect.anything(), is: 'Nagy' }]);
    expect((await told('kind=data-corrected')).items).toMatchObject([{ changes }]);
    expect((await told(`client_id=nobody`)).items).toEqual([]);
    const { items } = await told('outcome=accepted&limit=100');
    const first = await told('outcome=accepted&limit=2');
    const rest = await told(`outcome=accepted&limit=100&cursor=${first.next}`);
    expect([...first.items, ...rest.items]).toEqual(items);
    const nobody = await admin.ask('POST', '/accounts/nobody/lock', { json: {} });
    expect(nobody.status).toBe(404);
  });

  it('says how much may be asked, and stops at that', async () => {
    const eager = await Machine.join(kapu, ['clients:write']);
    const ask = () => eager.ask('DELETE', '/initial-access-tokens/x');
    expect((await ask()).headers.get('ratelimit')).toMatch(/^"write";r=119;t=\d+$/);
    const answers = await Promise.all(Array.from({ length: 125 }, ask));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(6);
    const refused = await ask();
    expect([refused.type, Number(refused.headers.get('retry-after')) > 0]).toEqual([
      'application/problem+json',
      true,
    ]);
    travel(1 * MINUTES);
    expect((await ask()).status).toBe(404);
  });

  onOneStore('what strangers send', () => {
    const post = (body: string | Uint8Array, type = 'application/json', more = {}) =>
      admin.ask('POST', '/clients', { body, headers: { 'content-type': type, ...more } });

    it.each<[string, () => Promise<Told>, number]>([
      ['no JSON', () => post('{'), 400],
      ['bytes that are no UTF-8', () => post(Buffer.from([0x22, 0xff, 0x22])), 400],
      [
        'a name that reaches the prototype',
        () => post('{"metadata":{"__proto__":{"first_party":true}}}'),
        400,
      ],
      ['half a letter', () => post('{"metadata":{"client_name":"\\ud800"}}'), 400],
      ['a depth without end', () => post('['.repeat(30_000) + ']'.repeat(30_000)), 400],
      ['too much', () => post(`"${'x'.repeat(70_000)}"`), 413],
      ['a form', () => post('metadata=x', 'application/x-www-form-urlencoded'), 415],
      ['another charset', () => post('{}', 'application/json; charset=utf-16'), 415],
      ['something compressed', () => post('{}', 'application/json', { 'content-encoding': 'gzip' }), 415],
      ['no body', () => admin.ask('POST', '/clients'), 415],
      ['a parameter twice', () => admin.ask('GET', '/clients?limit=1&limit=2'), 400],
      ['a parameter that there is not', () => admin.ask('GET', '/clients?order=x'), 400],
      ['an order that there is not', () => admin.ask('GET', '/clients?sort=x'), 400],
      ['a path that there is not', () => admin.ask('GET', '/nothing'), 404],
      ['a path that is none', () => admin.ask('GET', '/clients/%ff'), 404],
      ['a method that there is not', () => admin.ask('PATCH', '/clients'), 405],
      [
        'a browser’s question from another site',
        () => admin.ask('OPTIONS', '/clients', { headers: { origin: 'https://evil.example' } }),
        405,
      ],
    ])('%s', async (_, ask, status) => {
      const answer = await ask();
      expect([answer.status, answer.type]).toEqual([status, 'application/problem+json']);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    });

    it('whatever comes, every operation answers as its document promises, and never with a fault', async () => {
      const document = await openApi();
      const amiss = promisesOf(document);
      const requests = hostileRequests([(await newcomer()).client_id, (await Citizen.born(kapu)).accountId]);
      for (const one of operationsIn(document)) {
        const machine = await Machine.join(kapu, everything);
        const sends = fc.asyncProperty(requests, async ({ segments, query, tag, key, body }) => {
          const left = [...segments];
          const path = one.path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(left.shift() ?? ''));
          const answer = await machine.ask(one.method, `${path}?${new URLSearchParams(query)}`, {
            ...(one.method !== 'GET' && { body }),
            headers: {
              'content-type': 'application/json',
              'if-match': tag,
              ...(key && { 'idempotency-key': key }),
            },
          });
          expect([one.method, path, amiss(one, answer)]).toEqual([one.method, path, undefined]);
        });
        await fc.assert(sends, { numRuns: 15 });
      }
    });
  });
}
