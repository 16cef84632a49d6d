/**
 * Every route of the pages against everybody: nobody, a citizen, an operator, an admin, and staff whose login is too old.
 * The lists below say who may; a route that is in none of them fails, and so does a line without a route. What
 * programs may is the table of the Admin API, scope by scope: `admin-api.test.ts`.
 */
import { describe, expect, it } from '@jest/globals';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { Browser } from '../support/browser.ts';
import { Citizen } from '../support/citizen.ts';
import type { TestKapu } from '../support/kapu.ts';
import { MINUTES, travel } from '../support/time.ts';
import { useKapu } from '../support/use-kapu.ts';

const ACTORS = ['nobody', 'citizen', 'operator', 'admin', 'stale operator', 'stale admin'] as const;
type Actor = (typeof ACTORS)[number];
type Outcome = 'in' | 'login' | 'forbidden';

const IN = 'in';
const everybody = {
  nobody: IN,
  citizen: IN,
  operator: IN,
  admin: IN,
  'stale operator': IN,
  'stale admin': IN,
};
const account = { ...everybody, nobody: 'login' };
const changesOwn = { ...account, 'stale operator': 'login', 'stale admin': 'login' };
const staff = { ...account, citizen: 'forbidden' };
const changesAsStaff = { ...staff, 'stale operator': 'login', 'stale admin': 'login' };
const changesAsOperator = { ...changesAsStaff, admin: 'forbidden', 'stale admin': 'forbidden' };

const admin = { ...staff, operator: 'forbidden', 'stale operator': 'forbidden' };
const changesAsAdmin = { ...admin, 'stale admin': 'login' };

/** Who may what. A path of a form alone (`…/lock`), got, leads to its page, whoever asks: that goes without saying. */
const RULES: readonly (readonly [Readonly<Record<Actor, string>>, string])[] = [
  [
    everybody,
    `GET /, GET /help, GET /accessibility, GET /imprint, GET /contact, GET /developers, GET /health/live, GET /health/ready,
     GET /developers/try, POST /developers/try, GET /developers/try/callback, GET /developers/try/result,
     GET /logged-out, GET /account-closing, GET /reopened, GET /objected, GET /logos/:name, GET /logout, GET /signed-in, GET /session/left,
     GET /forgotten-password, POST /forgotten-password, GET /forgotten-password/sent, GET /forgotten-password/done,
     GET /forgotten-password/:token, POST /forgotten-password/:token, GET /activation/sent, GET /activation/done,
     GET /activation/:token, POST /activation/:token, GET /activation/:token/renew, POST /activation/:token/renew,
     GET /reopen/:token, POST /reopen/:token, GET /object/:token, POST /object/:token,
     GET /interaction/:uid, GET /interaction/:uid/deletion-code.txt, POST /interaction/:uid/cancel, POST /interaction/:uid/:step`,
  ],
  [
    account,
    `GET /account, POST /session/stay, POST /account/object, GET /account/registration, POST /account/registration/language, GET /account/registration/data,
     GET /account/history, POST /account/history/not-me, GET /account/close, POST /account/close,
     GET /account/sessions, POST /account/sessions/end, POST /account/sessions/end-others, GET /account/portals,
     POST /account/portals/withdraw, GET /account/plus, GET /account/clients, GET /account/clients/:id`,
  ],
  [
    changesOwn,
    `GET /account/password, POST /account/password, GET /account/registration/email, POST /account/registration/email, POST /account/registration/email/confirm,
     POST /account/registration/email/give-up, POST /account/plus/rename, POST /account/plus/remove, POST /account/plus/off,
     GET /account/clients/:id/edit, GET /account/new-client/:kind, POST /account/clients/:id/issue-secret, POST /account/clients/:id/edit, POST /account/clients/:id/edit/fetch-keys,
     POST /account/new-client/:kind, POST /account/new-client/:kind/fetch-keys`,
  ],
  [
    staff,
    `GET /admin, GET /admin/accounts, POST /admin/accounts, GET /admin/accounts/:id, GET /admin/accounts/:id/history`,
  ],
  [
    changesAsStaff,
    `POST /admin/accounts/:id/unlock, POST /admin/accounts/:id/password-link, POST /admin/accounts/:id/end-sessions,
     POST /admin/accounts/:id/lock, POST /admin/accounts/:id/close, POST /admin/accounts/:id/reset,
     POST /admin/accounts/:id/reset-confirm, POST /admin/accounts/:id/reset-withdraw,
     GET /admin/accounts/:id/data, POST /admin/accounts/:id/data`,
  ],
  [changesAsOperator, 'GET /admin/accounts/new, POST /admin/accounts/new'],
  [
    admin,
    `GET /admin/clients, GET /admin/clients/:id, GET /admin/new-client, GET /admin/tokens, GET /admin/letters, GET /admin/history, POST /admin/history, GET /admin/history/acts`,
  ],
  [
    changesAsAdmin,
    `GET /admin/new-client/:kind, GET /admin/clients/:id/edit, GET /admin/clients/:id/copy, POST /admin/new-client/:kind, POST /admin/new-client/:kind/fetch-keys, POST /admin/clients/:id/copy,
     POST /admin/clients/:id/copy/fetch-keys, POST /admin/clients/:id/edit, POST /admin/clients/:id/edit/fetch-keys,
     POST /admin/clients/:id/disable, POST /admin/clients/:id/enable, POST /admin/clients/:id/remove,
     POST /admin/clients/:id/issue-secret, POST /admin/clients/:id/end-secret, POST /admin/clients/:id/restore,
     POST /admin/clients/:id/owners, POST /admin/clients/:id/approve, POST /admin/clients/:id/reject,
     POST /admin/clients/:id/logo, POST /admin/clients/:id/remove-logo, POST /admin/tokens, POST /admin/tokens/withdraw,
     POST /admin/letters/send-again, POST /admin/letters/drop, POST /admin/letters/send-all-again`,
  ],
];
/** Answered by rules of their own: the protocol's, and where a client comes back that is being tried. */
const PROTOCOL = ['POST /auth', 'GET /auth/:uid', 'POST /session/end', 'POST /developers/try/result'];

const ruled = new Map(
  RULES.flatMap(([rule, routes]) => routes.split(',').map((route) => [route.trim(), rule] as const)),
);

describe('every route', () => {
  const browsers = new Map<Actor, Browser>();
  let kapu: TestKapu;
  let routes: string[];

  useKapu(async (started) => {
    kapu = started;
    routes = kapu.routes().flatMap(({ path, methods }) => methods.map((method) => `${method} ${path}`));
    browsers.set('nobody', new Browser(kapu.issuer));
    for (const actor of ACTORS.slice(1).toReversed()) {
      if (actor === 'admin') travel(6 * MINUTES);
      const one = await Citizen.born(kapu, { enrolled: true });
      const role = (['admin', 'operator'] as const).find((name) => actor.endsWith(name));
      if (role) await kapu.staffRoles.give(one.accountId, role, { by: COMMAND_LINE });
      await one.comesHome();
      browsers.set(actor, one.browser);
    }
  });

  const ofForms = (route: string) =>
    route.startsWith('GET ') && !ruled.has(route) && ruled.has(route.replace('GET', 'POST'));

  it('has its line, and every line a route', () => {
    const known = routes.filter((route) => !route.startsWith('HEAD ') && !PROTOCOL.includes(route));
    const strange = known.filter((route) => !ruled.has(route) && !ofForms(route));
    expect(strange).toEqual([]);
    expect([...ruled.keys()].filter((route) => !known.includes(route))).toEqual([]);
  });

  it.each(ACTORS)('lets %s in where they may, and nowhere else', async (actor) => {
    const found: Record<string, Outcome> = {};
    for (const route of ruled.keys()) found[route] = await outcome(actor, route);
    const wanted = [...ruled].map(([route, rule]) => [route, rule[actor]]);
    expect(found).toEqual(Object.fromEntries(wanted));
  });

  it('gives away nothing by the address of a form', async () => {
    for (const route of routes.filter(ofForms))
      expect([route, await outcome('nobody', route)]).toEqual([route, IN]);
  });

  it('that is refused is noted in the history of who tried', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    await citizen.comesHome();
    await citizen.browser.post('/admin/accounts/new', {});
    expect((await kapu.history.of(citizen.accountId, 1))[0]).toMatchObject({ kind: 'access-refused' });
  });

  /** Posts are empty: who is let in is told that the form is none. */
  async function outcome(actor: Actor, route: string): Promise<Outcome> {
    const [method = '', pattern = ''] = route.split(' ');
    const { agent } = browsers.get(actor) ?? new Browser(kapu.issuer);
    const path = pattern.replace(/:\w+/g, 'nobody-of-this-name');
    const request = method === 'POST' ? agent.post(path).type('form').send('') : agent.get(path);
    const { status, headers, text } = await request
      .set({ accept: 'text/html', origin: kapu.issuer })
      .redirects(0)
      .ok(() => true);
    expect([route, status < 500]).toEqual([route, true]);
    if (status === 303 && String(headers.location).includes('/auth?')) return 'login';
    return status === 403 && text.includes('Ehhez nincs jogosultsága') ? 'forbidden' : 'in';
  }
});
