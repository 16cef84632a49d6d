/** What a stranger can try from outside, by the name of the threat. */
import { once } from 'node:events';
import { request } from 'node:http';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { Browser } from '../support/browser.ts';
import { Citizen, PASSWORD } from '../support/citizen.ts';
import type { TestKapu } from '../support/kapu.ts';
import { Portal } from '../support/portal.ts';
import { HOURS, MINUTES, SECONDS, travel } from '../support/time.ts';
import { useKapu } from '../support/use-kapu.ts';

let kapu: TestKapu;
let low: Portal;
let portal: Portal;

useKapu(async (started) => {
  kapu = started;
  low = await Portal.join(kapu, { acr: 'low' });
  portal = await Portal.join(kapu, { acr: 'substantial' });
});
beforeEach(() => travel(2 * HOURS));

async function atCode(): Promise<Citizen> {
  const citizen = await Citizen.born(kapu, { enrolled: true });
  await citizen.goesTo(portal);
  await citizen.entersPassword();
  return citizen;
}

async function atPassword(enrolled = true): Promise<Citizen> {
  const citizen = await Citizen.born(kapu, { enrolled });
  await citizen.goesTo(portal);
  return citizen;
}

describe('replay of a code', () => {
  it.each([-3, -2, -1, 0, 1, 2, 3])('window matrix: a code of T%d', async (steps) => {
    const citizen = await atCode();
    travel(15 * SECONDS);
    await citizen.entersCode(citizen.code(steps));
    expect(citizen.browser.hasForm('/consent')).toBe(Math.abs(steps) <= 1);
  });

  it('a code counts once, also in another browser', async () => {
    const citizen = await atCode();
    const code = citizen.code();
    await citizen.entersCode(code);
    citizen.takesNewBrowser();
    await citizen.goesTo(portal);
    await citizen.entersPassword();
    const page = await citizen.entersCode(code);
    expect(page.status).toBe(422);
    expect(citizen.browser.hasForm('/code')).toBe(true);
  });

  it('after a newer step an older one is refused', async () => {
    const citizen = await atCode();
    const older = citizen.code();
    await citizen.entersCode(citizen.code(1));
    citizen.takesNewBrowser();
    await citizen.goesTo(portal);
    await citizen.entersPassword();
    expect((await citizen.entersCode(older)).status).toBe(422);
  });

  it('wrong, old, reused and malformed codes have their own reasons', async () => {
    const texts = new Set<string>();
    const used = await atCode();
    const code = used.code();
    await used.entersCode(code);
    for (const typed of [code, used.code(3), '000000', '12 34']) {
      used.takesNewBrowser();
      await used.goesTo(portal);
      await used.entersPassword();
      await used.entersCode(typed);
      texts.add(/id="code-error"[^>]*>([\s\S]*?)<\/p>/.exec(used.browser.page.html)?.[1] ?? '');
    }
    expect(texts.size).toBe(4);
    expect((await kapu.accounts.find(used.accountId))?.codeFailures.inARow).toBe(4);
  });
});

describe('lockout', () => {
  it('the owner is told by mail that somebody has the password but not the code (ASVS 6.3.5)', async () => {
    const citizen = await atCode();
    const before = (await kapu.mails()).length;
    for (let i = 0; i < 4; i += 1) await citizen.entersCode('000000');
    expect(await kapu.mails()).toHaveLength(before);
    await citizen.entersCode('000000');
    const mails = await kapu.mails();
    expect(mails).toHaveLength(before + 1);
    expect(mails.at(-1)).toContain(`To: ${citizen.username}@example.hu`);
  });

  it('five wrong codes pause for fifteen minutes; a right one does not pass meanwhile and passes after', async () => {
    const citizen = await atCode();
    for (let i = 0; i < 5; i += 1) await citizen.entersCode('000000');
    const paused = await citizen.entersCode();
    expect(paused.status).toBe(429);
    expect(Number(paused.headers['retry-after'])).toBeGreaterThan(14 * 60);
    travel(15 * MINUTES);
    await citizen.entersCode();
    expect(citizen.browser.hasForm('/consent')).toBe(true);
  });

  it('wrong passwords wait longer and longer, then pause, and the owner is told by mail', async () => {
    const citizen = await atPassword();
    const statuses: number[] = [];
    for (let i = 0; i < 10; i += 1) {
      travel(i >= 5 ? 40 * SECONDS : 0);
      statuses.push((await citizen.entersPassword('wrong')).status);
    }
    expect(statuses).toEqual(Array(10).fill(422));
    expect((await citizen.entersPassword()).status).toBe(429);
    expect((await kapu.mails()).at(-1)).toContain(`To: ${citizen.username}@example.hu`);
    travel(15 * MINUTES);
    await citizen.entersPassword();
    expect(citizen.browser.hasForm('/code')).toBe(true);
  });

  it('the failures of one factor do not lock the other', async () => {
    const citizen = await atCode();
    for (let i = 0; i < 5; i += 1) await citizen.entersCode('000000');
    citizen.takesNewBrowser();
    await citizen.goesTo(portal);
    await citizen.entersPassword();
    expect(citizen.browser.hasForm('/code')).toBe(true);
  });

  it('parallel guesses do not slip past the limit', async () => {
    const citizen = await atPassword();
    const guess = () => citizen.browser.send('/password', { username: citizen.username, password: 'wrong' });
    const answers = await Promise.all(Array.from({ length: 30 }, guess));
    const looked = answers.filter(({ status }) => status === 422);
    expect(looked.length).toBeLessThanOrEqual(5);
  });
});

describe('enumeration', () => {
  it('an unknown name, a wrong password, a locked and a closed account read the same', async () => {
    const bodies = new Set<string>();
    const statuses = new Set<number>();
    for (const state of ['unknown', 'wrong', 'locked', 'closed'] as const) {
      const citizen = await atPassword();
      const isUsable = state !== 'locked' && state !== 'closed';
      if (!isUsable) await citizen.becomes({ status: state });
      const username = state === 'unknown' ? 'nobody-of-this-name' : citizen.username;
      const page = await citizen.browser.submit('/password', {
        username,
        password: isUsable ? 'wrong' : PASSWORD,
      });
      statuses.add(page.status);
      const neutral = page.html
        .replaceAll(username, 'NAME')
        .replace(/value="[\w-]{20,}"/g, '')
        .replace(/(?<=\/interaction\/|\?login=)[\w-]+/g, '');
      bodies.add(neutral);
    }
    expect([...statuses]).toEqual([422]);
    expect(bodies.size).toBe(1);
  });

  it('throttles a name that does not exist just the same', async () => {
    const citizen = await atPassword();
    for (let i = 0; i < 5; i += 1)
      await citizen.browser.submit('/password', { username: 'no-such-person', password: 'x' });
    const page = await citizen.browser.submit('/password', { username: 'no-such-person', password: 'x' });
    expect(page.status).toBe(429);
  });
});

describe('step skipping', () => {
  it('a later step posted early answers with the step that is due, and proves nothing', async () => {
    const citizen = await atPassword();
    const { fields } = citizen.browser.form('/password');
    const base = citizen.browser.page.path;
    for (const step of ['code', 'enrol', 'pair', 'deletion-code', 'enrolled', 'consent']) {
      await citizen.browser.post(`${base}/${step}`, {
        ...fields,
        code: citizen.code(),
        saved: 'yes',
        password: PASSWORD,
      });
      expect(citizen.browser.hasForm('/password')).toBe(true);
    }
    await citizen.entersPassword();
    for (const step of ['enrol', 'pair', 'deletion-code', 'enrolled', 'consent', 'password']) {
      await citizen.browser.post(`${base}/${step}`, {
        ...fields,
        saved: 'yes',
        username: citizen.username,
        password: PASSWORD,
      });
      expect(citizen.browser.hasForm('/code')).toBe(true);
    }
  });

  it('an unknown step is a page that is not there', async () => {
    const citizen = await atPassword();
    for (const step of ['nothing', '__proto__', 'constructor', 'toString']) {
      const page = await citizen.browser.post(`${citizen.browser.page.path}/${step}`, {});
      expect(page.status).toBe(404);
      await citizen.browser.open(citizen.browser.page.path.replace(/\/[^/]*$/, ''));
    }
  });
});

describe('session fixation', () => {
  it('the session identifier changes at login and at every rise of level, and the old one is dead', async () => {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    await citizen.logsInByPassword(low);
    const first = citizen.browser.cookie('kapu.session');
    const thief = new Browser(kapu.issuer);
    for (const name of ['kapu.session', 'kapu.session.sig'])
      thief.agent.jar.setCookie(`${name}=${citizen.browser.cookie(name)}; Path=/; Domain=localhost`);
    await thief.open('/account/plus');
    expect(thief.hasForm('/code')).toBe(true);
    await citizen.goesTo(portal);
    await citizen.entersCode();
    await citizen.consents();
    expect(citizen.browser.cookie('kapu.session')).not.toBe(first);
    await thief.open('/account');
    expect(thief.page.path).toContain('/interaction/');
    expect(thief.hasForm('/code')).toBe(false);
  });

  it('a session ends after 30 idle minutes and after 12 hours however busy', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.browser.open('/account');
    await citizen.choosesMethod('password');
    await citizen.entersPassword();
    for (let i = 0; i < 28; i += 1) {
      travel(25 * MINUTES);
      await citizen.browser.open('/account');
      expect(citizen.browser.page.path).toBe('/account');
    }
    travel(25 * MINUTES);
    await citizen.browser.open('/account');
    expect(citizen.browser.page.path).toContain('/interaction/');
    await citizen.entersPassword();
    travel(31 * MINUTES);
    await citizen.browser.open('/account');
    expect(citizen.browser.page.path).toContain('/interaction/');
  });
});

describe('cross-site request forgery', () => {
  const hostile: [string, (citizen: Citizen) => Promise<unknown>][] = [
    [
      'no token',
      (citizen) =>
        citizen.browser.submit('/password', { _csrf: '', username: citizen.username, password: PASSWORD }),
    ],
    [
      'a token of another browser',
      async (citizen) => {
        const other = await atPassword();
        return citizen.browser.submit('/password', {
          _csrf: other.browser.form('/password').fields._csrf ?? '',
          username: citizen.username,
          password: PASSWORD,
        });
      },
    ],
    [
      'a foreign origin',
      (citizen) => {
        const { action, fields } = citizen.browser.form('/password');
        const attacker = Object.assign(citizen.browser, {
          headers: { accept: 'text/html', origin: 'https://evil.example' },
        });
        return attacker.post(action, { ...fields, username: citizen.username, password: PASSWORD });
      },
    ],
    [
      'a cross-site fetch',
      (citizen) => {
        const { action, fields } = citizen.browser.form('/password');
        const attacker = Object.assign(citizen.browser, {
          headers: { accept: 'text/html', 'sec-fetch-site': 'cross-site' },
        });
        return attacker.post(action, { ...fields, username: citizen.username, password: PASSWORD });
      },
    ],
  ];

  it.each(hostile)(
    '%s: 403, the form again, what was typed still there but the password',
    async (_, attack) => {
      const citizen = await atPassword();
      await attack(citizen);
      expect(citizen.browser.page.status).toBe(403);
      expect(citizen.browser.form('/password').fields).toMatchObject({
        username: citizen.username,
        password: '',
      });
      expect(citizen.browser.page.html).not.toContain(PASSWORD);
    },
  );

  it("logging in a victim with one's own account: the interaction of another browser is refused", async () => {
    const attacker = await atPassword();
    const victim = await Citizen.born(kapu);
    await victim.goesTo(portal);
    const page = await victim.browser.post(`${attacker.browser.page.path}/password`, {
      ...attacker.browser.form('/password').fields,
      username: attacker.username,
      password: PASSWORD,
    });
    expect(page.status).toBe(403);
  });

  it('logging out by a link of a stranger asks first', async () => {
    const citizen = await Citizen.born(kapu);
    await citizen.logsIn(low);
    await citizen.browser.open('/session/end');
    expect(citizen.browser.hasForm('/session/end/confirm')).toBe(true);
    await citizen.browser.post('/session/end/confirm', { logout: 'yes', xsrf: 'guess' });
    await citizen.browser.open('/account');
    expect(citizen.browser.page.path).toBe('/account');
  });
});

describe('broken forms', () => {
  const username = 'kedves.bela';
  const form = (citizen: Citizen) =>
    new URLSearchParams({
      ...citizen.browser.form('/password').fields,
      username,
      password: PASSWORD,
    }).toString();

  it.each<[string, number, (body: string) => string]>([
    ['a parameter twice', 400, (body) => `${body}&code=1&code=2`],
    ['an array', 400, (body) => `${body}&code[]=1`],
    ['a nested name', 400, (body) => `${body}&a[b]=1`],
    ['a prototype key', 400, (body) => `${body}&__proto__=1`],
    ['malformed UTF-8', 400, (body) => `${body}&code=%ff%fe`],
    ['a NUL', 400, (body) => `${body}&code=%00`],
    ['too much', 413, (body) => `${body}&code=${'x'.repeat(20_000)}`],
  ])('%s: %d, a page in the language, no password in it', async (_, status, spoil) => {
    const citizen = await atPassword();
    const page = await citizen.browser.post(citizen.browser.form('/password').action, spoil(form(citizen)));
    expect(page.status).toBe(status);
    expect(citizen.browser.hasForm('/password')).toBe(true);
    expect(page.html).not.toContain(PASSWORD);
    if (status === 400) expect(citizen.browser.form('/password').fields.username).toBe(username);
  });

  it('JSON instead of a form: a 4xx page', async () => {
    const citizen = await atPassword();
    const answer = await citizen.browser.agent
      .post(citizen.browser.form('/password').action)
      .set('accept', 'text/html')
      .send({ username, password: PASSWORD })
      .ok(() => true);
    expect(answer.status).toBe(400);
  });

  it.each([
    ['/account/password', 'application/x-www-form-urlencoded'],
    ['/admin/clients/some/logo', 'multipart/form-data; boundary=x'],
  ])('%s: of a stranger nothing is read, so nobody makes us work without an account', async (path, type) => {
    const headers = { 'content-type': type, 'content-length': 10_000 };
    const sent = request(`${kapu.issuer}${path}`, { method: 'POST', headers, timeout: 20_000 });
    sent.on('timeout', () => sent.destroy(new Error('waits for the body')));
    sent.flushHeaders();
    const [answer] = await once(sent, 'response');
    sent.on('error', () => {}).destroy();
    expect([answer.statusCode, answer.headers.location.split('?', 1)[0]]).toEqual([303, '/auth']);
  });

  it('empty and endless fields: an error beside the field', async () => {
    const citizen = await atPassword();
    expect((await citizen.browser.submit('/password', { username: ' ', password: '' })).status).toBe(422);
    expect(citizen.browser.page.html).toContain('id="username-error"');
    expect(
      (await citizen.browser.submit('/password', { username: 'x'.repeat(500), password: PASSWORD })).status,
    ).toBe(422);
  });

  it('a long password is hashed whole: one more character is another password', async () => {
    const password = 'ló elem kapocs á'.repeat(8).slice(0, 127);
    const registered = await kapu.registerAccount(
      {
        username: 'hosszu.jelszo',
        password: `${password}x`,
        email: 'h@example.hu',
      },
      { by: COMMAND_LINE },
    );
    expect(registered.ok).toBe(true);
    const citizen = await atPassword();
    await citizen.browser.submit('/password', { username: 'hosszu.jelszo', password: `${password}y` });
    expect(citizen.browser.hasForm('/password')).toBe(true);
    await citizen.browser.submit('/password', { username: 'hosszu.jelszo', password: `${password}x` });
    expect(citizen.browser.hasForm('/enrol')).toBe(true);
  });

  it.each(['{x}', '}{', '__proto__', '\u{1F60A}', 'x'.repeat(200)])(
    'the user name %s is only an unknown one',
    async (odd) => {
      const citizen = await atPassword();
      const page = await citizen.browser.submit('/password', { username: odd, password: 'x' });
      expect(page.status).toBe(422);
      expect((await citizen.browser.open(`/interaction/${encodeURIComponent(odd)}`)).status).toBeLessThan(
        500,
      );
    },
  );

  it('user text is shown as text', async () => {
    const citizen = await atPassword();
    const page = await citizen.browser.submit('/password', {
      username: '"><script>alert(1)</script>',
      password: 'x',
    });
    expect(page.html).not.toContain('<script>alert(1)');
  });
});

describe('claims beyond what the client may ask for', () => {
  it('are refused one by one as they are by scope', async () => {
    const modest = await Portal.join(kapu, { acr: 'low', metadata: { scope: 'openid' } });
    const browser = new Browser(kapu.issuer);
    const claims = JSON.stringify({ userinfo: { email: null } });
    await browser.open((await modest.visit({ scope: 'openid', claims })).url);
    expect(browser.page.left).toContain('error=invalid_request');
  });

  it('odd essential acr values are no fault of ours', async () => {
    const browser = new Browser(kapu.issuer);
    for (const value of [{ toString: 1 }, 7, null, [], {}, 'x']) {
      for (const acr of [{ essential: true, value }, { essential: true, values: [value] }, value]) {
        await browser.open((await low.visit({ claims: JSON.stringify({ id_token: { acr } }) })).url);
        expect(browser.page.status).toBeLessThan(500);
      }
    }
  });
});

describe('addresses that a client may register', () => {
  it.each([
    'http://portal.example.hu/cb',
    'https://user:pass@portal.example.hu/cb',
    'https://*/cb',
    'https://a;script-src.example/cb',
    'javascript:alert(1)',
    'https://portal.example.hu\\@evil.example/cb',
    'https://portal.example.hu/c\nb',
    'https://portal.example.hu/cb?"',
  ])('%s is refused', async (address) => {
    for (const name of ['redirect_uris', 'post_logout_redirect_uris']) {
      const wanted = { redirect_uris: ['https://portal.example.hu/cb'], [name]: [address] };
      expect(await kapu.registerClient(wanted)).toMatchObject({ ok: false, because: 'invalid-metadata' });
    }
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'app:/cb'])(
    '%s is refused of an application, too: its scheme has to be a name that somebody owns (RFC 8252 §7.1)',
    async (address) => {
      const native = { application_type: 'native', token_endpoint_auth_method: 'none' } as const;
      const own = { ...native, redirect_uris: ['hu.example.app:/cb'] };
      expect(await kapu.registerClient(own)).toMatchObject({ ok: true });
      for (const name of ['redirect_uris', 'post_logout_redirect_uris'])
        expect(await kapu.registerClient({ ...own, [name]: [address] })).toMatchObject({ ok: false });
    },
  );
});

describe('unknown client or redirect URI', () => {
  it.each([
    ['client', { client_id: 'nobody' }],
    ['client with braces', { client_id: '{x}' }],
    ['redirect URI', { redirect_uri: 'https://evil.example/callback' }],
    ['redirect URI with user info', { redirect_uri: 'https://portal.example.hu@evil.example/callback' }],
    ['redirect URI with a longer path', { redirect_uri: 'https://portal.example.hu/callback/../x' }],
  ])('%s: a page, never a redirect', async (_, parameters) => {
    const citizen = await Citizen.born(kapu);
    await citizen.goesTo(portal, parameters);
    expect(citizen.browser.page.left).toBeUndefined();
    expect(citizen.browser.page.status).toBe(400);
    expect(citizen.browser.page.html).toContain('<html lang="hu"');
  });

  it('a missing PKCE challenge is refused', async () => {
    const url = new URL((await portal.visit()).url);
    url.searchParams.delete('code_challenge');
    url.searchParams.delete('code_challenge_method');
    const browser = new Browser(kapu.issuer);
    await browser.open(url.href);
    expect(browser.page.left).toContain('error=invalid_request');
  });
});

describe('host header poisoning', () => {
  const raw = (headers: Record<string, string>, path = '/.well-known/openid-configuration') =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const { hostname, port } = new URL(kapu.issuer);
      request({ hostname, port, path, headers }, (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      })
        .on('error', reject)
        .end();
    });

  it('a foreign Host is refused with a page', async () => {
    const answer = await raw({ host: 'evil.example' });
    expect(answer.status).toBe(421);
    expect(answer.body).not.toContain('evil.example');
    const look = /href="(\/public\/[^"]+\.css)"/.exec(answer.body)?.[1];
    expect(await raw({ host: 'evil.example' }, look)).toMatchObject({ status: 200 });
  });

  it.each(['http://evil.example/.well-known/openid-configuration', '//evil.example/x', '*'])(
    'the request target %s is refused',
    async (target) => {
      const answer = await raw({ host: new URL(kapu.issuer).host }, target);
      expect(answer.status).toBe(400);
      expect(answer.body).not.toMatch(/="(?:https?:)?\/\/evil/);
    },
  );

  it('an endless request target is refused', async () => {
    const answer = await raw({ host: new URL(kapu.issuer).host }, `/auth?login_hint=${'x'.repeat(9_000)}`);
    expect(answer.status).toBe(414);
  });

  it('X-Forwarded-* of an untrusted peer change nothing', async () => {
    const headers = {
      host: new URL(kapu.issuer).host,
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
    };
    const answer = await raw(headers);
    expect(answer.status).toBe(200);
    expect(answer.body).not.toContain('evil.example');
    expect(answer.body).not.toContain('https://localhost');
  });
});

describe('pages and transport', () => {
  it('every page has its headers: CSP without unsafe-*, no framing, no sniffing, nothing stored', async () => {
    const citizen = await atPassword();
    const { headers } = citizen.browser.page;
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['content-security-policy']).toContain("form-action 'self' https://portal.example.hu");
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
    });
  });

  it('cookies are HttpOnly, SameSite and tell nothing', async () => {
    const answer = await new Browser(kapu.issuer).ask((await portal.visit()).url);
    const cookies = answer.headers['set-cookie'] as unknown as string[];
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) expect(cookie.toLowerCase()).toMatch(/httponly/);
    for (const cookie of cookies) expect(cookie.toLowerCase()).toMatch(/samesite=lax/);
  });

  it.each(['/nothing', '/interaction', '/public/../package.json', '/public/%2e%2e/package.json'])(
    '%s is a 404 page',
    async (path) => {
      const page = await new Browser(kapu.issuer).open(path);
      expect(page.status).toBe(404);
      expect(page.html).toContain('<html lang="hu"');
    },
  );

  it('a rule of a proxy for a path can not be gone around by another spelling of it', async () => {
    const { agent } = new Browser(kapu.issuer);
    for (const path of ['/Health/ready', '/ADMIN/clients', '/admin/Clients', '/Account', '/Auth', '/JWKS'])
      expect([path, (await agent.get(path).ok(() => true)).status]).toEqual([path, 404]);
    for (const path of ['/Token', '/token/', '/request/', '/reg/x/'])
      expect([path, (await agent.post(path).ok(() => true)).status]).toEqual([path, 404]);
    for (const [path, at] of [
      ['/auth/?scope=openid', '/auth?scope=openid'],
      ['/account/', '/account'],
    ] as const)
      expect(
        (
          await agent
            .get(path)
            .redirects(0)
            .ok(() => true)
        ).headers.location,
      ).toBe(at);
  });

  it('poisoned caches: a file that is not there is kept by nobody', async () => {
    const answer = await fetch(`${kapu.issuer}/public/nothing.css`);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([404, 'no-store']);
  });

  it('a wrong method is a page, too', async () => {
    const stranger = new Browser(kapu.issuer);
    const page = await stranger.post('/help', {});
    expect(page.status).toBe(405);
    expect(page.html).toContain('<html lang="hu"');
    expect(stranger.text).toContain('Ezt az oldalt így nem lehet megnyitni');
  });
});
