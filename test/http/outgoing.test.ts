/** Requests that the server makes for a portal: what a portal's metadata can make it do, and what not. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { outgoing } from '../../adapters/outgoing.ts';
import { systemClock as clock } from '../../adapters/system.ts';
import { OUTGOING } from '../../config/policy.ts';
import { clientRules } from '../../provider/oidc/client-rules.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { MINUTES, releaseClock, SECONDS, stopClock, travel } from '../support/time.ts';

const quiet = { info() {}, warn() {}, error() {} };
const REDIRECT = 'https://portal.example.hu/callback';

const ask = (options: Partial<Parameters<typeof outgoing>[0]> = {}) =>
  outgoing({ ...OUTGOING, allowedHosts: [], clock, log: quiet, ...options });

const servers: Server[] = [];

/** A portal's server on this machine; answers its address. */
async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(() => stopClock());
afterAll(async () => {
  releaseClock();
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('server-side request forgery', () => {
  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.0.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '0x7f.1',
    '2130706433',
    '017700000001',
    '127.0.0.1.',
    '[::]',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::a00:1]',
    '[2002:7f00:1::]',
    '[2001:0:7f00:1::]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[ff02::1]',
    '[2001:db8::1]',
    'localhost',
  ])('https://%s is never connected to', async (host) => {
    const connected: string[] = [];
    const trap = createTcpServer((socket) => connected.push(String(socket.remoteAddress))).listen(0, '::');
    await once(trap, 'listening');
    const { port } = trap.address() as AddressInfo;
    await expect(ask()(`https://${host}:${port}/jwks`)).rejects.toMatchObject({ because: 'private-address' });
    expect(connected).toEqual([]);
    trap.close();
  });

  it('a name that leads inside is not followed, nor one that leads there too', async () => {
    for (const addresses of [['10.1.2.3'], ['93.184.215.14', '169.254.169.254'], ['2606:2800::1', '::1']]) {
      const resolve: Parameters<typeof outgoing>[0]['resolve'] = (_name, _options, done) =>
        done(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        );
      const asked = ask({ resolve })('https://portal.example.hu/jwks');
      await expect(asked).rejects.toMatchObject({ because: 'private-address' });
    }
  });

  it('DNS rebinding: a name is resolved once, and the address that was looked at is the one connected to', async () => {
    const inside = await serving((_req, res) => res.end('[]'));
    let resolved = 0;
    // A public address that nothing routes to, then this machine.
    const resolve: Parameters<typeof outgoing>[0]['resolve'] = (_name, _options, done) => {
      resolved += 1;
      done(null, [{ address: resolved === 1 ? '192.0.3.1' : '127.0.0.1', family: 4 }]);
    };
    const rebound = ask({ resolve, timeoutMs: 200, keepFailedMs: 0 });
    const address = `https://portal.example.hu:${new URL(inside).port}/`;
    await expect(rebound(address)).rejects.toMatchObject({
      because: expect.stringMatching(/slow|unreachable/),
    });
    expect(resolved).toBe(1);
    await expect(rebound(address)).rejects.toMatchObject({ because: 'private-address' });
  });

  it('plain http, other schemes and credentials in the address are refused', async () => {
    await expect(ask()('http://portal.example.hu/')).rejects.toMatchObject({ because: 'not-https' });
    await expect(ask()('file:///etc/passwd')).rejects.toMatchObject({ because: 'not-https' });
    await expect(ask()('https://a:b@portal.example.hu/')).rejects.toMatchObject({ because: 'credentials' });
  });

  it('a redirect is not followed, wherever it leads', async () => {
    const seen: string[] = [];
    const portal = await serving((req, res) => {
      seen.push(String(req.url));
      res
        .writeHead(302, { location: req.url === '/in' ? '/elsewhere' : 'http://169.254.169.254/latest/' })
        .end();
    });
    const allowed = ask({ allowedHosts: ['127.0.0.1'] });
    for (const path of ['/in', '/out']) {
      await expect(allowed(portal + path)).rejects.toMatchObject({ because: 'redirect' });
      await expect(allowed(portal + path, { method: 'POST' })).rejects.toMatchObject({ because: 'redirect' });
    }
    expect(seen).toEqual(['/in', '/in', '/out', '/out']);
  });

  it('carries no cookie, no authorization and no name of ours', async () => {
    const portal = await serving((req, res) => res.end(JSON.stringify(req.headers)));
    const response = await ask({ allowedHosts: ['127.0.0.1'] })(portal, {
      headers: { accept: 'application/json', authorization: 'Bearer x', cookie: 'a=b', 'user-agent': 'kapu' },
    });
    expect(Object.keys((await response.json()) as object).toSorted()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
    ]);
  });
});

describe('answers that would hold us up', () => {
  const bomb = gzipSync(Buffer.alloc(10_000_000));
  /** Short only where it is to end: whatever else is cut off is so however busy this machine is. */
  const limited = (timeoutMs = 20_000) => ask({ allowedHosts: ['127.0.0.1'], timeoutMs });

  it.each<[string, string, RequestListener]>([
    ['a silent server', 'too-slow', () => {}],
    ['a body that drips', 'too-slow', (_req, res) => void res.writeHead(200).write('[')],
    ['a large body', 'too-large', (_req, res) => void res.end('x'.repeat(OUTGOING.maxBytes + 1))],
    ['an endless body', 'too-large', (_req, res) => endless(res)],
    [
      'a lie about its length',
      'too-large',
      (_req, res) => void res.writeHead(200, { 'content-length': 1e9 }).write('x'),
    ],
    [
      'a gzip bomb',
      'compressed',
      (_req, res) => void res.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    ],
    ['a broken connection', 'unreachable', (req) => void req.socket.destroy()],
  ])('%s is cut off: %s', async (_what, because, listener) => {
    const portal = await serving(listener);
    const fetched = limited(because === 'too-slow' ? 300 : undefined);
    await expect(fetched(portal)).rejects.toMatchObject({ because });
    await expect(fetched(portal, { method: 'POST', body: 'x' })).rejects.toMatchObject({ because });
  });

  it('64 KiB are read whole', async () => {
    const portal = await serving((_req, res) => void res.end('x'.repeat(OUTGOING.maxBytes)));
    expect(await (await limited()(portal)).text()).toHaveLength(OUTGOING.maxBytes);
  });
});

/** Writes for as long as somebody reads. */
function endless(response: ServerResponse): void {
  response.on('drain', () => response.write('x'.repeat(10_000)));
  response.write('x'.repeat(100_000));
}

describe('metadata addresses of a client', () => {
  let kapu: TestKapu;
  beforeAll(async () => {
    kapu = await startKapu({ variables: { OUTGOING_ALLOWED_HOSTS: '127.0.0.1' } });
  });
  afterAll(() => kapu.stop());

  const register = (metadata: object) => kapu.registerClient({ redirect_uris: [REDIRECT], ...metadata });

  it.each(['jwks_uri', 'sector_identifier_uri', 'backchannel_logout_uri'])(
    '%s must be https, without credentials, unless the operator allows its host',
    async (name) => {
      for (const address of [
        'http://portal.example.hu/x',
        'https://a:b@portal.example.hu/x',
        'ftp://127.0.0.1/x',
      ]) {
        const refused = await register({ [name]: address });
        expect(refused).toMatchObject({ ok: false, detail: expect.stringContaining(name) });
      }
    },
  );

  it('sector_identifier_uri: must be had and must list every redirect URI', async () => {
    const documents: Record<string, string> = {
      '/good': JSON.stringify([REDIRECT, 'https://other.example.hu/callback']),
      '/bad': JSON.stringify(['https://other.example.hu/callback']),
      '/odd': '{"a":1}',
      '/broken': '[',
    };
    const rules = clientRules(kapu.provider, async (address) => {
      const body = documents[new URL(address).pathname];
      return new Response(body ?? null, { status: body === undefined ? 404 : 200 });
    });
    const faultAt = (path: string) =>
      rules.fault({
        client_id: 'portal',
        client_secret: 'x',
        redirect_uris: [REDIRECT],
        sector_identifier_uri: `https://portal.example.hu${path}`,
      });
    for (const path of ['/bad', '/odd', '/broken', '/none'])
      expect(await faultAt(path)).toContain('sector_identifier_uri');
    expect(await faultAt('/good')).toBeUndefined();
  });

  it('sector_identifier_uri: one that leads inside is a refusal that tells nothing of the inside', async () => {
    const answers = await Promise.all(
      ['https://169.254.169.254/', 'https://localhost/', 'https://[::ffff:7f00:1]/'].map((address) =>
        register({ sector_identifier_uri: address }),
      ),
    );
    const detail = 'sector_identifier_uri does not lead to a JSON array of redirect URIs';
    for (const answer of answers) expect(answer).toMatchObject({ ok: false, detail });
  });

  async function assertion(clientId: string, kid: string, key: CryptoKey): Promise<string> {
    return new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(kapu.issuer)
      .setJti(`${kid}-${Math.random()}`)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(key);
  }

  /** Answers the error of a token request with a code that does not exist: who got that far was authenticated. */
  async function authenticates(clientId: string, kid: string, key: CryptoKey): Promise<string> {
    const response = await fetch(`${kapu.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: 'none',
        redirect_uri: REDIRECT,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await assertion(clientId, kid, key),
      }),
    });
    return ((await response.json()) as { error: string }).error;
  }

  it('jwks_uri: a new key is found by its unknown kid; unknown kids of strangers do not hammer the portal', async () => {
    const [first, second, stranger] = await Promise.all([1, 2, 3].map(() => generateKeyPair('ES256')));
    const keys = [{ ...(await exportJWK(first!.publicKey)), kid: 'first', alg: 'ES256' }];
    let asked = 0;
    // The portal would have its keys kept for a year; a new one must be found all the same.
    const portal = await serving((_req, res) => {
      asked += 1;
      res.writeHead(200, { 'cache-control': 'max-age=31536000' }).end(JSON.stringify({ keys }));
    });
    const registered = await register({ jwks_uri: portal, token_endpoint_auth_method: 'private_key_jwt' });
    if (!registered.ok) throw new Error(registered.detail);
    const { client_id: id } = registered.metadata;

    expect(await authenticates(id, 'first', first!.privateKey)).toBe('invalid_grant');
    expect(asked).toBe(1);
    for (let n = 0; n < 20; n += 1)
      expect(await authenticates(id, `unknown-${n}`, stranger!.privateKey)).toBe('invalid_client');
    expect(asked).toBe(1);

    keys.push({ ...(await exportJWK(second!.publicKey)), kid: 'second', alg: 'ES256' });
    travel(1 * MINUTES + 1 * SECONDS);
    expect(await authenticates(id, 'second', second!.privateKey)).toBe('invalid_grant');
    expect(asked).toBe(2);
  });

  it('jwks_uri: a portal that is down is not asked again by every stranger, and soon asked again', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'key', alg: 'ES256' }];
    let asked = 0;
    let up = false;
    const portal = await serving((_req, res) => {
      asked += 1;
      res.writeHead(up ? 200 : 503).end(JSON.stringify({ keys }));
    });
    const registered = await register({ jwks_uri: portal, token_endpoint_auth_method: 'private_key_jwt' });
    if (!registered.ok) throw new Error(registered.detail);
    const { client_id: id } = registered.metadata;
    for (let n = 0; n < 20; n += 1) expect(await authenticates(id, 'key', privateKey)).toBe('invalid_client');
    expect(asked).toBe(1);
    up = true;
    travel(1 * MINUTES + 1 * SECONDS);
    expect(await authenticates(id, 'key', privateKey)).toBe('invalid_grant');
  });

  it('jwks_uri: one that leads inside is never asked', async () => {
    const inside = createTcpServer(() => {
      throw new Error('connected');
    }).listen(0, '::1');
    await once(inside, 'listening');
    const { port } = inside.address() as AddressInfo;
    const { privateKey } = await generateKeyPair('ES256');
    const registered = await register({
      jwks_uri: `https://localhost:${port}/`,
      token_endpoint_auth_method: 'private_key_jwt',
    });
    if (!registered.ok) throw new Error(registered.detail);
    expect(await authenticates(registered.metadata.client_id, 'any', privateKey)).toBe('invalid_client');
    expect(kapu.logged()).toContain('"because":"private-address"');
    inside.close();
  });
});
