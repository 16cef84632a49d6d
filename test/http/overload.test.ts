/** More than can be served: who has to wait is told so before anything is done, and who needs no password waits for nobody. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClosablePasswordHasher } from '../../adapters/password-hasher.ts';
import type { Store } from '../../adapters/store.ts';
import { httpServer, type ListenerOptions } from '../../provider/listener.ts';
import { Citizen, PASSWORD } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { Portal } from '../support/portal.ts';
import { Software } from '../support/software.ts';

describe('while more passwords wait than can be checked soon', () => {
  let kapu: TestKapu;
  let portal: Portal;
  let busyMs: number | undefined;
  let turnsBusyMs: number | undefined;
  let passes = true;
  let asked = 0;
  let waiting = 0;
  let held: Promise<void> = Promise.resolve();

  beforeAll(async () => {
    kapu = await startKapu({
      wrapHasher: (hasher) => ({
        ...hasher,
        busyMs: () => busyMs,
        async verify(hash, secret) {
          waiting += 1;
          await held;
          return hasher.verify(hash, secret);
        },
      }),
      entranceFor: (_, turns) => {
        const usually = turns.busyMs;
        turns.busyMs = (...asker) => turnsBusyMs ?? usually(...asker);
        return { busyMs: () => busyMs, passes: () => passes, opens: () => passes };
      },
      wrapStore: (store) => watched(store, () => (asked += 1)),
    });
    portal = await Portal.join(kapu, { acr: 'substantial' });
  });
  afterAll(() => kapu.stop());

  it('a password is turned away before anything is looked up or counted, and its page comes back by itself', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    const visit = await citizen.goesTo(portal, { ui_locales: 'en' });
    const address = citizen.browser.page.path;
    await kapu.drain();

    busyMs = 4_200;
    const form = citizen.browser.form('/password');
    asked = 0;
    for (let tries = 0; tries < 12; tries += 1) {
      await citizen.browser.post(form.action, {
        ...form.fields,
        username: citizen.username,
        password: PASSWORD,
      });
    }
    expect(asked).toBe(0);
    const { status, headers, html } = citizen.browser.page;
    expect(status).toBe(503);
    expect(headers).toMatchObject({ 'retry-after': '5', refresh: `5;url=${address}` });
    expect(html).toContain('<html lang="en"');
    expect(citizen.browser.text).toContain('in about 5 seconds it goes on by itself');
    expect(String(headers['set-cookie'])).toMatch(/^kapu\.typed=.*path=\/interaction\/.*httponly/i);
    for (const said of [html, JSON.stringify(headers)]) {
      expect(said).not.toContain(PASSWORD);
      expect(said).not.toContain(citizen.username);
    }

    expect(await citizen.browser.open(address)).toMatchObject({ status: 503, headers: { refresh: /5;/ } });
    expect(citizen.browser.page.html).toContain('<html lang="en"');

    busyMs = undefined;
    await citizen.browser.open(address);
    expect(citizen.browser.page.html).toContain(`value="${citizen.username}"`);
    expect(citizen.browser.page.html).not.toContain(PASSWORD);
    await citizen.goesThrough();
    expect((await visit.arrive(citizen.browser.page.left ?? '')).claims()?.acr).toBe(
      kapu.env.acrValues.substantial,
    );
  });

  it('who is about to begin waits before anything is typed, and goes on by themselves', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    busyMs = 4_200;
    asked = 0;
    const { pathname, search } = new URL((await portal.visit({ ui_locales: 'en' })).url);
    const request = pathname + search;
    expect(await citizen.browser.open(request)).toMatchObject({
      status: 503,
      headers: { refresh: `5;url=${request}` },
    });
    expect(citizen.browser.text).toContain('tries again by itself');
    expect(citizen.browser.page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(asked).toBe(0);
    expect((await citizen.browser.open(`${request}&lang=hu`)).html).toContain('<html lang="hu"');
    for (const made of [{ headers: { cookie: 'kapu.session=made.up' } }, { method: 'HEAD' }])
      expect((await fetch(kapu.issuer + request, { ...made, redirect: 'manual' })).status).toBe(503);
    const unasked = await citizen.browser.open(`${request}&prompt=none`);
    expect(new URL(unasked.left ?? '').searchParams.get('error')).toBe('login_required');

    busyMs = undefined;
    const { path } = await citizen.browser.open(request);
    busyMs = 4_200;
    const page = await citizen.browser.open(path);
    expect(page).toMatchObject({ status: 503, headers: { refresh: `5;url=${path}` } });
    busyMs = undefined;
    await citizen.browser.open(path);
    await citizen.entersPassword();
    busyMs = 4_200;
    expect((await citizen.entersCode()).status).toBe(200);
    busyMs = undefined;
  });

  it.each(['&request_uri=', '&request_uri=made-up', '&prompt=none&prompt=login'])(
    'nobody gets around the door by %s',
    async (more) => {
      const { pathname, search } = new URL((await portal.visit()).url);
      busyMs = 4_200;
      const answer = await fetch(kapu.issuer + pathname + search + more, { redirect: 'manual' });
      busyMs = undefined;
      expect(answer.status).toBe(503);
    },
  );

  it('a session opens the door only so often', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    await citizen.logsIn(portal);
    busyMs = 4_200;
    const { url } = await portal.visit({ prompt: 'login' });
    expect((await citizen.browser.open(url)).path).toMatch('/interaction/');
    passes = false;
    expect((await citizen.browser.open(url)).status).toBe(503);
    passes = true;
    busyMs = undefined;
  });

  it('a request pushed by whoever names a public client begins at the pace as well; of who proves to be one it does not', async () => {
    const spa = await Software.join(kapu, { token_endpoint_auth_method: 'none' });
    const server = await Software.join(kapu);
    busyMs = 4_200;
    asked = 0;
    const { status, headers, body } = await spa.push();
    expect(asked).toBe(0);
    expect([status, headers.get('retry-after'), body.error]).toEqual([503, '5', 'temporarily_unavailable']);
    const { status: taken, body: pushed } = await server.push();
    expect(taken).toBe(201);
    const open = () => fetch(kapu.issuer + server.pushedHref(pushed.request_uri), { redirect: 'manual' });
    expect((await open()).status).toBe(303);
    passes = false;
    expect((await open()).status).toBe(503);
    passes = true;
    busyMs = undefined;
    expect((await spa.push()).status).toBe(201);
  });

  it('who has gone while they waited for their turn takes none', async () => {
    const { host, hostname, port } = new URL(kapu.issuer);
    const { pathname, search } = new URL((await portal.visit()).url);
    const browsers = connect(Number(port), hostname);
    browsers.write(`GET ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n\r\n`.repeat(200));
    await once(browsers, 'data');
    asked = 0;
    browsers.destroy();
    // In turn: whoever came before has begun by then, or never will.
    await fetch(kapu.issuer + pathname + search, { redirect: 'manual' });
    expect(asked).toBeLessThan(100);
  });

  it('the page at the door is made anew for nobody and still says nothing that a stranger put into its address', async () => {
    busyMs = 4_200;
    const logged = kapu.logged().length;
    const [html, other] = await Promise.all(
      ['"><script>1</script>', '$&here'].map(async (state) => {
        const answer = await fetch(`${kapu.issuer}/auth?ui_locales=en&here&state=${state}`);
        expect(answer.status).toBe(503);
        return answer.text();
      }),
    );
    busyMs = undefined;
    expect(kapu.logged().slice(logged)).toBe('');
    expect(html).not.toContain('<script>1');
    expect(other?.match(/href="\/auth[^"]*"/g)).toEqual([
      'href="/auth?ui_locales=en&amp;here=&amp;state=%24&amp;here=&amp;lang=hu"',
      'href="/auth?ui_locales=en&amp;here&amp;state=$&amp;here"',
    ]);
  });

  it('who has sent something to the door is told that nobody looked at it, and the page does not come back without it', async () => {
    turnsBusyMs = 4_200;
    const page = `${kapu.issuer}/interaction/made-up/consent?lang=en`;
    const answer = await fetch(page, { method: 'POST', body: 'sent=yes' });
    turnsBusyMs = undefined;
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('refresh')]).toEqual([
      503,
      '5',
      null,
    ]);
    expect(await answer.text()).toContain('send it again');
  });

  it('an authorization request by POST waits at the door with all that was sent', async () => {
    const { pathname, search } = new URL((await portal.visit()).url);
    const body = new URLSearchParams(search);
    busyMs = 4_200;
    asked = 0;
    const answer = await fetch(kapu.issuer + pathname, { method: 'POST', body });
    busyMs = undefined;
    expect([answer.status, answer.headers.get('refresh')]).toEqual([503, `5;url=/auth?${body}`]);
    expect(await answer.text()).toContain(`href="/auth?${body}"`.replaceAll('&', '&amp;'));
    expect(asked).toBe(0);
  });

  it('a spoilt or foreign cookie of the waiting room changes nothing and raises no alarm', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.goesTo(portal);
    const { path } = citizen.browser.page;
    for (const cookie of ['x', 'a.b.c', 'AAAAAAAA.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA']) {
      citizen.browser.agent.jar.setCookie(`kapu.typed=${cookie}; path=${path}`, 'localhost');
      expect((await citizen.browser.open(path)).status).toBe(200);
    }
    expect(kapu.logged()).not.toMatch(/could not be opened/);
  });

  it('an enrolment waits likewise, with its secret, and ends as begun', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.goesTo(portal);
    await citizen.entersPassword();
    await citizen.browser.submit('/enrol');
    citizen.readsSecret();
    const address = citizen.browser.page.path;
    busyMs = 4_200;
    const typed = { password: PASSWORD, code: citizen.code() };
    expect((await citizen.browser.submit('/pair', typed)).status).toBe(503);
    busyMs = undefined;
    await citizen.browser.open(address);
    expect(citizen.browser.page.html).toContain(citizen.secret);
    await citizen.browser.submit('/pair', { password: PASSWORD, code: citizen.code() });
    citizen.readsDeletionCode();
    await citizen.browser.submit('/deletion-code', { saved: 'yes' });
    expect((await kapu.accounts.find(citizen.accountId))?.authenticators).toHaveLength(1);
  });

  it('a password on a page of the account is turned away likewise, and the page is there', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.comesHome('/account/password');
    const typed = { password: PASSWORD, new_password: 'rőt macska hetet alszik' };
    busyMs = 4_200;
    const page = await citizen.browser.submit('/account/password', typed);
    busyMs = undefined;
    expect(page).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    await citizen.browser.submit('/account/password', typed);
    expect(await kapu.mails().then((mails) => mails.at(-1))).toMatch(/jelszav/i);
  });

  // The last one: the address is paused after it.
  it('a crowd at one address is not taken for a guesser while its passwords are being checked', async () => {
    const [crowd, citizen] = [await Citizen.born(kapu), await Citizen.born(kapu)];
    for (const one of [crowd, citizen]) await one.goesTo(portal);
    let release: () => void = () => undefined;
    held = new Promise((resolve) => {
      release = resolve;
    });
    waiting = 0;
    const { action, fields } = crowd.browser.form('/password');
    const posts = Array.from({ length: 90 }, (_, i) =>
      crowd.browser.post(action, { ...fields, username: `nev${i}`, password: 'wrong' }),
    );
    while (waiting < posts.length) await pause(10);
    expect((await citizen.entersPassword()).status).toBe(503);
    release();
    await Promise.all(posts);
    expect((await citizen.entersPassword()).status).toBe(429);
  });
});

it('token, userinfo, introspection and the key set do not wait behind passwords, nor behind pages of logins', async () => {
  let hasher: ClosablePasswordHasher | undefined;
  const kapu = await startKapu({
    hashing: {
      argon2: { memoryKiB: 19_456, passes: 2, lanes: 1 },
      threads: 2,
      patience: { keepOutMs: 60_000, turnAwayMs: 60_000, refuseMs: 60_000 },
    },
    wrapHasher: (given) => (hasher = given),
  });
  const software = await Software.join(kapu);
  const citizen = await Citizen.born(kapu);
  await citizen.browser.open(software.href({ scope: 'openid offline_access', prompt: 'consent' }));
  await citizen.goesThrough();
  const code = new URL(citizen.browser.page.left ?? '').searchParams.get('code') ?? '';
  const { body: tokens } = await software.redeem(code);

  let checked = 0;
  const passwords = Array.from({ length: 60 }, () =>
    hasher?.verify(undefined, 'x').then(() => (checked += 1)),
  );
  // One write: they have all come when the first of them is looked at.
  const { host, hostname, port } = new URL(kapu.issuer);
  const page = `GET ${software.href()} HTTP/1.1\r\nhost: ${host}\r\n\r\n`;
  const browsers = connect(Number(port), hostname).setEncoding('utf8');
  let shown = '';
  browsers.on('data', (some) => (shown += some));
  browsers.write(page.repeat(80));
  const opened = () => shown.split('HTTP/1.1 303').length - 1;
  const answers = [
    await software.userinfo(tokens.access_token),
    await software.refresh(tokens.refresh_token),
    await software.post('/token/introspection', { token: String(tokens.access_token) }),
    await fetch(`${kapu.issuer}/jwks`),
  ];
  expect(checked).toBeLessThan(passwords.length);
  expect(opened()).toBeLessThan(80);
  while (opened() < 80) await once(browsers, 'data');
  browsers.destroy();
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  await Promise.all(passwords);
  await kapu.stop();
});

describe('clients that hold a connection', () => {
  const limits = { headersTimeout: 150, requestTimeout: 300, connectionsCheckingInterval: 20, timeout: 250 };
  let kapu: TestKapu;
  /** One that gives nobody time, and one with the limits of production. */
  let hasty: Server;
  let usual: Server;

  const listening = async (options: ListenerOptions = {}): Promise<Server> => {
    const server = httpServer(kapu.handle, undefined, { info() {}, warn() {}, error() {} }, options);
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    return server;
  };
  beforeAll(async () => {
    kapu = await startKapu();
    [hasty, usual] = [await listening({ limits }), await listening()];
  });
  afterAll(async () => {
    for (const server of [hasty, usual]) {
      server.close();
      server.closeAllConnections();
    }
    await kapu.stop();
  });

  function connection(server: Server, parts: readonly string[]): Socket {
    const socket = connect((server.address() as AddressInfo).port, 'localhost');
    socket.on('error', () => undefined);
    for (const part of parts) socket.write(part);
    return socket;
  }

  /** All that comes back, to a client that goes on dripping, until the server ends the connection, which it must do by itself. */
  async function sent(server: Server, ...parts: readonly string[]): Promise<string> {
    const socket = connection(server, parts);
    const drip = setInterval(() => socket.writable && socket.write('x'), 40);
    try {
      return await text(socket).catch(() => '');
    } finally {
      clearInterval(drip);
      socket.destroy();
    }
  }

  const host = () => `host: ${new URL(kapu.issuer).host}\r\n`;
  const form = 'content-type: application/x-www-form-urlencoded\r\n';

  it('slow headers are cut off', async () => {
    expect(await sent(hasty, `GET / HTTP/1.1\r\n${host()}x-slow: `)).toMatch(/^(?:HTTP\/1\.1 408 |$)/);
  });

  it('a slow body is cut off', async () => {
    const head = `POST /session/end HTTP/1.1\r\n${host()}${form}content-length: 9999\r\n\r\n`;
    expect(await sent(hasty, head)).toMatch(/^(?:HTTP\/1\.1 4\d\d |$)/);
  });

  it('big headers are refused', async () => {
    const answer = await sent(usual, `GET / HTTP/1.1\r\n${host()}x-big: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('a big body is refused, an endless one too', async () => {
    const head = `POST /forgotten-password HTTP/1.1\r\n${host()}${form}`;
    expect(await sent(usual, `${head}content-length: 40000\r\n\r\n`, 'x'.repeat(40_000))).toMatch(
      /^HTTP\/1\.1 413 /,
    );
    const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`;
    expect(await sent(usual, `${head}transfer-encoding: chunked\r\n\r\n`, chunk, chunk)).toMatch(
      /^HTTP\/1\.1 413 /,
    );
  });

  it.each([
    ['POST', '/forgotten-password', 'application/x-www-form-urlencoded'],
    ['POST', '/auth', 'application/x-www-form-urlencoded'],
    ['PUT', '/reg/somebody', 'application/json'],
  ])(
    'a body that is too large holds up nobody whom a proxy sends by the same connection: %s %s',
    async (method, path, type) => {
      const size = 2_000_000;
      const head = `${method} ${path} HTTP/1.1\r\n${host()}content-type: ${type}\r\ncontent-length: ${size}\r\n\r\n`;
      const next = `GET /health/live HTTP/1.1\r\n${host()}connection: close\r\n\r\n`;
      const answers = await text(connection(usual, [head, 'x'.repeat(size), next]));
      expect(answers.match(/HTTP\/1\.1 \d{3}/g) ?? []).toEqual([
        expect.stringMatching(/ 4\d\d$/),
        'HTTP/1.1 200',
      ]);
    },
  );

  it('who asks again and again by one connection without waiting for an answer loses it', async () => {
    const many = `GET /health/live HTTP/1.1\r\n${host()}\r\n`.repeat(100);
    const answers = await text(connection(usual, [many])).catch(() => '');
    expect(answers.split('HTTP/1.1 200').length - 1).toBeLessThan(5);
  });

  it('others are served meanwhile', async () => {
    const slow = Array.from({ length: 200 }, () => sent(hasty, `GET / HTTP/1.1\r\n${host()}x-slow: `));
    expect((await fetch(`${kapu.issuer}/health/live`)).status).toBe(200);
    expect((await Promise.all(slow)).every((answer) => /^(?:HTTP\/1\.1 408 |$)/.test(answer))).toBe(true);
  });
});

/** The same store, which tells of everything that is asked of it. */
function watched(store: Store, onAsked: () => void): Store {
  return new Proxy(store, {
    get(target, name) {
      const found = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      return (...given: unknown[]) => {
        onAsked();
        return found.apply(target, given);
      };
    },
  });
}
