/** What those who run the service see of it: figures of logins, and the history of everything. */
import { describe, expect, it } from '@jest/globals';
import { CLIENT_STREAM } from '../../adapters/clients.ts';
import { historyKey } from '../../adapters/history.ts';
import { JOURNAL } from '../../adapters/journal.ts';
import type { Key } from '../../adapters/store.ts';
import type { Role } from '../../provider/core/account.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { newClientRecord, stateOf } from '../../provider/core/client-record.ts';
import { dayOf, endOfDay, startOfDay } from '../../provider/core/hungary.ts';
import { bucketsOf } from '../../provider/core/statistics.ts';
import type { Clients } from '../../provider/flows/ports.ts';
import { chartOf } from '../../provider/pages/admin/chart.ts';
import { standing } from '../../provider/pages/admin/standing.ts';
import type { Visit } from '../../provider/pages/page.ts';
import type { Translate } from '../../provider/pages/texts.ts';
import { Citizen } from '../support/citizen.ts';
import { tearEntry } from '../support/damage.ts';
import { type EngineName, onEachEngine } from '../support/engines.ts';
import type { TestKapu } from '../support/kapu.ts';
import { Machine } from '../support/machine.ts';
import { Portal } from '../support/portal.ts';
import type { RedisServer } from '../support/redis-server.ts';
import { HOURS, MINUTES, SECONDS, travel } from '../support/time.ts';
import { useKapu } from '../support/use-kapu.ts';

/** Half past nine on a winter's morning in Hungary. */
const MORNING = Date.parse('2027-01-12T08:30:00Z');

onEachEngine(watching);

function watching(engine: EngineName): void {
  let kapu: TestKapu;
  let portal: Portal;
  let redis: RedisServer | undefined;

  useKapu(
    async (started, server) => {
      kapu = started;
      redis = server;
      portal = await Portal.join(kapu);
    },
    { engine, at: MORNING },
  );

  async function staff(role: Role): Promise<Citizen> {
    const member = await Citizen.born(kapu, { enrolled: true });
    await member.becomes({ roles: [role] });
    return member;
  }

  const total = async (period: 'day' | 'month', clientId?: string) => {
    const sums: Record<string, number> = {};
    for (const { counts } of await kapu.statistics.of(period, clientId))
      for (const [figure, count] of Object.entries(counts)) sums[figure] = (sums[figure] ?? 0) + count;
    return sums;
  };

  describe('figures', () => {
    it('tell logins by level, failures by reason and cancelled logins, at each client and at all', async () => {
      const anna = await Citizen.born(kapu, { enrolled: true });
      await anna.goesTo(portal);
      await anna.choosesMethod('totp');
      await anna.entersPassword('rossz jelszó');
      await anna.entersPassword();
      await anna.entersCode('000000');
      await anna.goesThrough();
      const bela = await Citizen.born(kapu);
      await bela.logsIn(portal);
      const csaba = await Citizen.born(kapu);
      await csaba.goesTo(portal);
      await csaba.browser.submit('/cancel');

      const figures = {
        substantial: 1,
        low: 1,
        cancelled: 1,
        'wrong-credentials': 1,
        'wrong-code': 1,
      };
      expect(await total('day', portal.clientId)).toEqual(figures);
      expect(await total('month', portal.clientId)).toEqual(figures);
      expect(await total('day')).toEqual(figures);
      expect(await total('day', 'another-client')).toEqual({});
      const minutes = await kapu.statistics.of('hours');
      expect(minutes).toHaveLength(180);
      expect(minutes.at(-1)?.counts).toEqual({
        substantial: 1,
        low: 1,
        'wrong-credentials': 1,
        'wrong-code': 1,
      });
    });

    it('lose none of many at once, and forget after their time', async () => {
      travel(25 * HOURS);
      for (let times = 0; times < 300; times += 1) kapu.statistics.count('low', `portal-${times % 3}`);
      // Two charts of one page: neither is drawn before what is being added is there.
      const [minutes, day] = await Promise.all([kapu.statistics.of('hours'), total('day')]);
      expect([minutes.at(-1)?.counts, day]).toEqual([{ low: 300 }, { low: 300 }]);
      expect(await total('day', 'portal-1')).toEqual({ low: 100 });
      expect(await total('month', portal.clientId)).toMatchObject({ low: 1, substantial: 1 });
      travel(41 * 24 * HOURS);
      expect(await total('month')).toEqual({});
    });

    it('tell what the software of a portal does wrong', async () => {
      const faulty = await Portal.join(kapu);
      const visit = await faulty.visit({ response_type: 'token' });
      await fetch(visit.url, { redirect: 'manual' });
      await fetch(`${kapu.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          client_id: faulty.clientId,
          client_secret: 'no',
        }),
      });
      expect(await total('day', faulty.clientId)).toEqual({
        'request-refused': 1,
        'token-refused': 1,
      });
      expect(await total('day', 'nobody-registered-this')).toEqual({});
    });

    it('are shown to staff, drawn without inline style, and to nobody else', async () => {
      const admin = await staff('admin');
      for (const outcome of ['throttled', 'throttled', 'code-used'] as const) kapu.statistics.count(outcome);
      travel(61 * MINUTES);
      for (const outcome of ['wrong-code', 'wrong-code', 'overloaded'] as const)
        kapu.statistics.count(outcome);
      const page = await admin.comesHome('/admin');
      const { html } = await admin.browser.open('/admin?lang=en');
      const [, minutes = ''] = /Failed logins of the last hour(.*?)<\/details>/s.exec(html) ?? [];
      expect(minutes.match(/<td>[^<]+/g)).toEqual(['<td>Too much traffic: 1; Wrong code: 2']);
      await admin.browser.open('/admin?lang=hu');
      expect(page.status).toBe(200);
      expect(admin.browser.text).toContain(engine === 'redis' ? 'Redis' : 'beépített');
      expect(page.html).toMatch(/<svg viewBox="0 0 320 150" role="img" aria-label="[^"]+: [^"]*\d/);
      expect(page.html).not.toMatch(/style=/);
      expect(admin.browser.text).toContain('Most semmi sem vár döntésre.');
      expect(admin.browser.text).toMatch(/ES256 aláír/);
      const citizen = await Citizen.born(kapu, { enrolled: true });
      expect((await citizen.comesHome('/admin')).status).toBe(403);
      travel(1 * MINUTES);
    });
  });

  async function staffAtWork(role: Role): Promise<Citizen> {
    const one = await Citizen.staff(kapu, role);
    await one.comesHome('/admin');
    return one;
  }

  describe('what was given up', () => {
    const secret = 'https://login.example.hu/activation/secret';
    const mail = { lane: 'mail/0', about: 'activation', body: { secret }, giveUpAt: 0 } as const;
    const dead = async () => (await kapu.outbox.dead()).map(({ id }) => id).toSorted();

    /** They fail again: what was sent on its way at this moment has begun anew. */
    async function triedAgain(): Promise<string[]> {
      await kapu.drain();
      const now = (await kapu.outbox.dead()).filter(({ putAt }) => putAt === Date.now());
      return now.map(({ id }) => id).toSorted();
    }

    async function givenUp(...ids: string[]): Promise<void> {
      for (const id of ids) {
        await kapu.outbox.put({ ...mail, id });
        travel(1 * SECONDS);
      }
      await kapu.outbox.put({
        lane: `logout/${portal.clientId}`,
        id: 'sid',
        about: 'logout',
        body: null,
        giveUpAt: 0,
      });
      await kapu.drain();
      expect(await dead()).toEqual([...ids, 'sid'].toSorted());
    }

    it('is shown to an admin without whom it was for, sent again or dropped, and stands in the journal', async () => {
      const admin = await staffAtWork('admin');
      await givenUp('first', 'second', 'third');
      const { browser } = admin;
      await browser.open('/admin?lang=en');
      expect(browser.page.html).toContain('href="/admin/letters"');
      await browser.open('/admin/letters?lang=en');
      expect(browser.text).toContain('3 mails could not be delivered');
      for (const said of [
        'Your account is ready: choose your password',
        'TypeError',
        'mail/0/first',
        'Teszt Portál',
      ])
        expect(browser.text).toContain(said);
      expect(browser.page.html).not.toContain('secret');

      await browser.submit('/drop', { letter: 'mail/0/first', why: 'régi' });
      expect(browser.text).toContain('Dropped.');
      expect(await dead()).toEqual(['second', 'sid', 'third']);
      travel(1 * SECONDS);
      await browser.submit('/send-again', { letter: 'mail/0/second' });
      expect(await triedAgain()).toEqual(['second']);
      travel(1 * SECONDS);
      await browser.submit('/send-all-again', { queue: 'mail' });
      expect(await triedAgain()).toEqual(['second', 'third']);
      await browser.open('/admin/letters');
      await browser.submit('/drop', { letter: `logout/${portal.clientId}/sid` });
      await browser.submit('/drop', { letter: 'mail/0/nobody' });

      await browser.open('/admin/history?lang=en');
      const [dropped, sent] = ['Undelivered letter dropped', 'Undelivered letters sent again'];
      const told = [...browser.page.html.matchAll(/<h2>(Undelivered[^<]+)/g)].map(([, what]) => what);
      expect(told).toEqual([dropped, sent, sent, dropped]);
      expect(browser.text).toContain('Number of letters 2');
      expect(browser.text).toContain('régi');
      await kapu.drain();
      for (const id of ['second', 'third']) await kapu.outbox.drop({ lane: 'mail/0', id });
    });

    it('is told to programs, which may send it again or drop it, by scopes of their own', async () => {
      const machine = await Machine.join(kapu, ['letters:read', 'letters:write', 'history:read']);
      await givenUp('first', 'second');
      const page = (await machine.ask('GET', '/letters?limit=1')).body as {
        items: { id: string }[];
        next: string;
      };
      const [{ id } = { id: '' }] = page.items;
      expect(page.items).toMatchObject([{ queue: 'mail', about: 'activation', attempts: 1 }]);
      const { items } = (await machine.ask('GET', `/letters?cursor=${page.next}`)).body;
      expect(items).toMatchObject([{ queue: 'mail' }, { queue: 'logout', client_id: portal.clientId }]);
      for (const none of ['_', 'A'.repeat(1200)])
        expect((await machine.ask('GET', `/letters?cursor=${none}`)).status).toBe(200);
      expect((await machine.ask('DELETE', `/letters/${id}`)).status).toBe(204);
      expect((await machine.ask('DELETE', `/letters/${id}`)).status).toBe(404);
      const json = { queue: 'mail' };
      travel(1 * SECONDS);
      expect((await machine.ask('POST', '/letters/send-again', { json })).body).toEqual({ count: 1 });
      expect(await triedAgain()).toEqual(['second']);
      const [{ id: notice }] = (await machine.ask('GET', '/letters')).body.items as [{ id: string }];
      expect((await machine.ask('POST', `/letters/${notice}/send-again`)).status).toBe(204);
      expect(await triedAgain()).toEqual(['second', 'sid']);
      expect((await machine.ask('GET', '/history?limit=3')).body.items).toMatchObject([
        { kind: 'letters-sent-again', letters: 1, client_id: portal.clientId },
        { kind: 'letters-sent-again', letters: 1 },
        { kind: 'letters-dropped', letter: 'mail/0/first', by: { id: machine.software.clientId } },
      ]);
      const other = await Machine.join(kapu, ['letters:read']);
      expect((await other.ask('DELETE', `/letters/${notice}`)).status).toBe(403);
    });
  });

  describe('the journal', () => {
    const staff = staffAtWork;

    it('tells admins who did what with whom and with which client, by filters, and goes into a file', async () => {
      const [operator, admin] = [await staff('operator'), await staff('admin')];
      const citizen = await Citizen.born(kapu, { enrolled: true });
      const at = `/admin/accounts/${citizen.accountId}`;
      await operator.browser.open(at);
      await operator.browser.submit('/lock', { why: 'bejelentés' });
      await kapu.clientChanges.disable(portal.clientId, { by: COMMAND_LINE, why: 'próba' });
      await kapu.clientChanges.enable(portal.clientId, { by: COMMAND_LINE });

      const { browser } = admin;
      const path = '/admin/history';
      const of = async (asked: Record<string, string>) => {
        await browser.open(path);
        expect((await browser.submit(path, asked)).status).toBe(200);
        expect(browser.page.path).not.toContain(citizen.username);
        return browser.text;
      };
      const everything = await of({});
      for (const said of [
        'Fiók zárolása',
        'bejelentés',
        operator.username,
        citizen.username,
        'Kliens letiltása',
      ])
        expect(everything).toContain(said);
      const person = { person: citizen.username };
      expect(await of({ ...person, kind: 'account-locked' })).toContain('bejelentés');
      expect(await of(person)).not.toContain('próba');
      expect(await of({ client: portal.clientId })).toContain('próba');
      expect(await of({ ...person, outcome: 'refused' })).toContain('Nincs ilyen bejegyzés');
      const [today, yesterday] = [dayOf(Date.now()), dayOf(Date.now() - 25 * HOURS)];
      expect(await of({ ...person, to: yesterday })).toContain('Nincs ilyen bejegyzés');
      expect(await of({ ...person, from: today, to: today })).toContain('bejelentés');
      expect(await of({ person: 'senki-nincs-ilyen' })).toContain('Ilyen felhasználónevű fiók nincs');
      for (const broken of ['%', '2027-99-99']) {
        await of({ from: broken, kind: broken });
        expect((await browser.open(`${path}?${new URLSearchParams({ before: broken })}`)).status).toBe(200);
      }

      await of(person);
      const [, save = ''] = /href="([^"]+\/acts[^"]*)"/.exec(browser.page.html) ?? [];
      expect((await browser.open(`${path}/acts?search=${'x'.repeat(43)}`)).html).toBe('');
      const { html } = await browser.open(save);
      const lines = html
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines).toMatchObject([
        {
          history: 'journal',
          kind: 'account-locked',
          account_id: citizen.accountId,
          by: { id: operator.accountId },
        },
        { kind: 'account-viewed', by: { id: operator.accountId } },
      ]);
      expect(html).not.toContain('chain');
      const exported = (await (await Machine.join(kapu, ['history:read'])).ask('GET', '/history/export'))
        .body;
      for (const line of lines) expect(exported.lines).toContainEqual(line);
      expect((await operator.browser.open(path)).status).toBe(403);
      expect(await of({ person: operator.username, outcome: 'refused' })).toContain('Jogosultságot igénylő');
      expect(await of({ person: operator.username, outcome: 'refused' })).not.toContain(
        'Nincs ilyen bejegyzés',
      );
    });

    it('is nothing that citizens could fill: neither with pages that are not theirs nor with test clients', async () => {
      const admin = await staff('admin');
      const citizen = await Citizen.born(kapu, { enrolled: true });
      await citizen.comesHome();
      expect((await citizen.browser.open('/admin')).status).toBe(403);
      const by = { kind: 'account', id: citizen.accountId, name: citizen.username } as const;
      const wanted = { client_name: 'Próba', redirect_uris: ['http://localhost:4000/cb'] };
      const made = await kapu.registerClient(wanted, { by, test: true, owners: [citizen.accountId] });
      expect(made).toMatchObject({ ok: true });
      await admin.browser.open('/admin/history');
      await admin.browser.submit('/admin/history', { person: citizen.username });
      expect(admin.browser.text).toContain('Nincs ilyen bejegyzés');
    });

    it('and the person learn that somebody looked at the account, once an hour', async () => {
      const operator = await staff('operator');
      const citizen = await Citizen.born(kapu, { enrolled: true });
      const at = `/admin/accounts/${citizen.accountId}`;
      const looks = async () =>
        (await kapu.history.of(citizen.accountId, 50)).filter(({ kind }) => kind === 'account-viewed').length;
      for (const path of [at, `${at}/history`, at]) await operator.browser.open(path);
      expect(await looks()).toBe(1);
      travel(2 * HOURS);
      await operator.comesHome(`${at}/history`);
      expect(await looks()).toBe(2);
      await citizen.comesHome('/account/history');
      expect(citizen.browser.text).toContain('Az ügyfélszolgálat megnézte a fiókot');
      expect(citizen.browser.text).not.toContain(operator.username);
    });

    it('and histories show the rest of it where a damaged disk has left an entry unreadable', async () => {
      const [operator, admin] = [await staff('operator'), await staff('admin')];
      const machine = await Machine.join(kapu, ['history:read', 'clients:read']);
      const citizen = await Citizen.born(kapu, { enrolled: true });
      const { accountId } = citizen;
      await operator.browser.open(`/admin/accounts/${accountId}`);
      await operator.browser.submit('/lock', { why: 'bejelentés' });
      await operator.browser.submit('/unlock', { why: 'rendben' });
      await kapu.clientChanges.disable(portal.clientId, { by: COMMAND_LINE, why: 'próba' });
      await kapu.clientChanges.enable(portal.clientId, { by: COMMAND_LINE });

      const tear = (stream: Key, cursor = '') =>
        tearEntry({ dataDir: kapu.env.dataDir, redis }, stream, cursor);
      const locked = (await kapu.history.of(accountId, 9)).find(({ kind }) => kind === 'account-locked');
      await tear(historyKey(accountId), locked?.cursor);
      const [, disabled] = await kapu.clients.versions(portal.clientId, { limit: 2 });
      await tear({ partition: `client:${portal.clientId}`, name: CLIENT_STREAM }, disabled?.cursor);
      const { next } = (await machine.ask('GET', '/history?limit=2')).body;
      await tear(JOURNAL, Buffer.from(String(next), 'base64url').toString());

      const here = `/admin/accounts/${accountId}/history`;
      await citizen.comesHome('/account/history');
      await operator.browser.open(`${here}?lang=en`);
      await admin.browser.open('/admin/history?lang=hu');
      const [cited, asked] = [citizen.browser.text, operator.browser.text];
      const journal = admin.browser.text;
      await admin.browser.open(`/admin/clients/${portal.clientId}?lang=en`);
      const hungarian = 'Ezt a bejegyzést nem tudjuk elolvasni.';
      for (const text of [cited, journal]) expect(text.split(hungarian)).toHaveLength(2);
      for (const text of [asked, admin.browser.text])
        expect(text.split('This entry cannot be read.')).toHaveLength(2);
      expect(cited).toContain('Feloldottuk a fiók zárolását');
      expect(journal).toContain('rendben');

      const items = async (path: string) => (await machine.ask('GET', path)).body.items;
      const torn = { kind: 'unreadable' };
      expect(await items(`/accounts/${accountId}/history?kind=account-unlocked`)).toMatchObject([
        { kind: 'account-unlocked' },
        torn,
      ]);
      expect(await items(`/clients/${portal.clientId}/versions?limit=2`)).toMatchObject([
        { act: 'enabled' },
        torn,
      ]);
      expect(await items('/history?limit=4')).toContainEqual(torn);
      const { lines } = (await machine.ask('GET', '/history/export')).body;
      expect((lines as { kind: string }[]).filter(({ kind }) => kind === torn.kind)).toEqual([
        { history: 'journal', ...torn },
      ]);
      const { html } = await citizen.browser.open('/account/registration/data');
      expect(html).toContain('"kind": "unreadable"');
      expect(kapu.logged().match(/"message":"the record [^"]+ can not be read"/g)).toHaveLength(3);
    });
  });
}

it('what was given up, proposals, and secrets that run out wait for a decision, the admins alone for clients', async () => {
  const told = { act: 'proposed', at: 0, by: COMMAND_LINE } as const;
  const record = newClientRecord({ client_id: 'p' }, 0, {
    secrets: [{ hash: 'h', createdAt: 0, endsAt: 1000 }],
  });
  const proposal = { ...told, basedOn: 1, state: stateOf(record) } as never;
  const clients = { list: async () => [record, { ...newClientRecord({ client_id: 'q' }, 0), proposal }] };
  const t = ((key: string, { count = 0 } = {}) => `${key} ${count}`) as unknown as Translate;
  const ports = {
    queues: {
      lengths: async () => [
        { queue: 'mail', due: 2, dead: 0 } as const,
        { queue: 'logout', due: 0, dead: 3 } as const,
      ],
    },
    signingKeys: { list: async () => [] },
    clients: clients as unknown as Clients,
    clock: { now: () => 0 },
    engine: 'redis',
    version: '1.2.3',
    ready: async () => {},
    certificateEndsAt: async () => 20 * 24 * HOURS,
  } as const;
  const visit: Visit = { t, language: 'hu', origin: { address: '' } };
  const dead = { text: 'standing.dead.logout 3' };
  expect((await standing(ports, visit, ['operator'])).decisions).toEqual([dead]);
  expect((await standing(ports, visit, ['operator', 'admin'])).decisions).toEqual([
    { text: 'standing.clients.proposals 1', href: '/admin/clients' },
    { text: 'standing.clients.ending 1', href: '/admin/clients' },
    { ...dead, href: '/admin/letters' },
  ]);
  const soon = { ...ports, certificateEndsAt: async () => 3 * 24 * HOURS };
  expect((await standing(soon, visit, ['operator'])).decisions).toEqual([
    { text: 'standing.certificate 0' },
    dead,
  ]);
  expect((await standing(ports, visit, ['operator'])).facts).toContainEqual({
    name: 'standing.version 0',
    value: '1.2.3',
  });
});

describe('a chart', () => {
  const rows = [
    [1, 2],
    [0, 0],
    [5, 6],
  ] as const;
  const chart = chartOf({
    title: 'Rows',
    rows,
    series: [
      { tone: 'plain', label: 'a', figure: ([a]: readonly [number, number]) => a },
      { tone: 'danger', label: 'b', figure: ([, b]: readonly [number, number]) => b },
    ],
    label: ([a]) => `from ${a}`,
    every: 2,
  });

  it('stacks its bars from the ground up to a round number', () => {
    expect(chart.bars).toHaveLength(4);
    expect(chart.lines.map(({ label }) => label)).toEqual(['0', '6', '12']);
    const [first, second] = chart.bars;
    const [ground] = chart.lines;
    expect((first?.y ?? 0) + (first?.height ?? 0)).toBeCloseTo(ground?.y ?? -1);
    expect((second?.y ?? 0) + (second?.height ?? 0)).toBeCloseTo(first?.y ?? -1);
  });

  it('says the same in a table, several rows in one line', () => {
    expect(chart.table).toEqual([
      { label: 'from 1', values: [1, 2] },
      { label: 'from 5', values: [5, 6] },
    ]);
    expect(chart.legend.map(({ total }) => total)).toEqual([6, 8]);
  });
});

describe('days', () => {
  it('are those of Hungary’s calendar, each once, over the change of the clocks too', () => {
    const names = (at: string) => bucketsOf('week', Date.parse(at)).map(({ name }) => name);
    expect(names('2026-03-30T22:30:00Z')).toEqual([
      '2026-03-25',
      '2026-03-26',
      '2026-03-27',
      '2026-03-28',
      '2026-03-29',
      '2026-03-30',
      '2026-03-31',
    ]);
  });

  it('end when the next one begins, with 23 and with 25 hours too', () => {
    for (const [day, next] of [
      ['2026-03-29', '2026-03-30'],
      ['2026-10-25', '2026-10-26'],
      ['2026-12-31', '2027-01-01'],
    ])
      expect(endOfDay(day)).toBe(startOfDay(next));
    expect(endOfDay('tomorrow')).toBeUndefined();
  });
});
