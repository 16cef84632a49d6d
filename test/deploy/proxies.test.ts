/** The built product in production behind the proxies of the examples, with TLS. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { generateSecret, generateSync } from 'otplib';
import { Browser } from '../support/browser.ts';
import { type Built, build } from '../support/built.ts';
import { PASSWORD } from '../support/citizen.ts';
import { describeWithHaproxy, describeWithNginx } from '../support/needs.ts';
import { freePort } from '../support/ports.ts';
import {
  certificate,
  type RunningProxy,
  type StartProxy,
  startHaproxy,
  startNginx,
} from '../support/proxies.ts';
import { CHALLENGE, VERIFIER } from '../support/software.ts';

const REDIRECT_URI = 'https://portal.example.hu/callback';

const tls = certificate();
let built: Built;
let issuer: string;
let httpsPort: number;
let httpPort: number;
let client: { client_id: string; client_secret: string };

beforeAll(async () => {
  [httpsPort, httpPort] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
  issuer = `https://localhost:${httpsPort}`;
  built = build({ ISSUER: issuer, TRUST_PROXY: '127.0.0.1' });
  const metadata = path.join(built.folder, 'client.json');
  writeFileSync(metadata, JSON.stringify({ client_name: 'Portál', redirect_uris: [REDIRECT_URI] }));
  client = built.kapu('client', 'add', '--file', metadata);
});
afterAll(() => built.remove());

const trusting = () => new Browser(issuer, {}, tls.cert);

/** A new person, registered on the command line of the build. */
function registered(username: string): string {
  const totpSecret = generateSecret();
  const words = ['--username', username, '--password', PASSWORD, '--email', `${username}@example.hu`];
  built.kapu('account', 'add', ...words, '--totp-secret', totpSecret);
  return totpSecret;
}

async function logsIn(username: string, totpSecret: string) {
  const browser = trusting();
  const request = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  });
  await browser.open('/?lang=hu');
  await browser.open(`/auth?${request}`);
  await browser.submit('/password', { username, password: PASSWORD });
  await browser.submit('/code', { code: generateSync({ secret: totpSecret }) });
  await browser.submit('/consent');
  const code = new URL(String(browser.page.left)).searchParams.get('code') ?? '';
  const { body } = await browser.agent
    .post('/token')
    .auth(client.client_id, client.client_secret)
    .type('form')
    .send({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI, code_verifier: VERIFIER });
  const everywhere = { path: '/', domain: 'localhost', secure: true, script: false };
  const cookies = [...browser.agent.jar.getCookies(everywhere as never)].map(({ name }) => name);
  return { idToken: body.id_token, cookies };
}

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

/** In the place of Kapu: tells what the proxy made of a request, and breaks off when a login is to be finished. */
async function startEcho(): Promise<{ server: Server; port: number; brokenOff: string[] }> {
  const brokenOff: string[] = [];
  const server = createServer((request, answer) => {
    if (!request.url?.startsWith('/auth/')) return answer.end(JSON.stringify(request.headers));
    brokenOff.push(request.url);
    return request.socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port, brokenOff };
}

function behind(name: string, start: StartProxy): () => void {
  return () => {
    const person = `polgar-${name}`;
    let proxy: RunningProxy;
    let running: Awaited<ReturnType<Built['serve']>>;
    let totpSecret: string;

    beforeAll(async () => {
      totpSecret = registered(person);
      running = await built.serve();
      // The second instance of the example is down all the time.
      const nobody = await freePort('127.0.0.1');
      proxy = await start({ tls, httpsPort, httpPort, behind: [running.port, nobody] });
    });
    afterAll(() => proxy.stop());

    it('a whole login with password and code, and its tokens, over https', async () => {
      const { idToken, cookies } = await logsIn(person, totpSecret);
      expect(claimsOf(idToken)).toMatchObject({
        iss: issuer,
        acr: 'http://eidas.europa.eu/LoA/substantial',
      });
      // No other host of the domain can plant one (RFC 6265bis §4.1.3.2).
      expect(cookies.filter((name) => !name.startsWith('__Host-'))).toEqual([]);
    });

    it("every address is the issuer's, whatever a stranger says of where they come from", async () => {
      const { agent } = trusting();
      const { body } = await agent.get('/.well-known/openid-configuration').set({
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-for': '1.2.3.4',
      });
      expect(body).toMatchObject({ issuer, token_endpoint: `${issuer}/token` });
    });

    it('an authorization request arrives as it was sent, by GET and by POST', async () => {
      const { agent } = trusting();
      const asked = agent.get('/auth').redirects(0);
      expect((await asked.ok(() => true)).status).toBe(400);
      const posted = agent.post('/auth').type('form').send({ client_id: 'x' }).redirects(0);
      expect((await posted.ok(() => true)).headers.location).toBe('/auth?client_id=x');
    });

    it('plain http leads to https, and probes are for inside', async () => {
      const plain = await fetch(`http://localhost:${httpPort}/account?a=b`, { redirect: 'manual' });
      expect(plain.status).toBe(308);
      expect(plain.headers.get('location')).toMatch(/^https:\/\/localhost(:\d+)?\/account\?a=b$/);
      const { agent } = trusting();
      for (const path of ['/health/ready', '/Health/ready', '/HEALTH/live'])
        expect((await agent.get(path).ok(() => true)).status).toBe(404);
    });

    it('while every instance is down people read that, and nothing of the proxy', async () => {
      expect(await running.stop()).toBe(0);
      const page = await trusting().open('/');
      expect(page).toMatchObject({ status: 503, headers: { 'retry-after': '20' } });
      expect(page.html).toContain('A belépés most nem érhető el');
      expect(page.html).not.toMatch(/nginx|haproxy/i);
    });

    it('X-Forwarded-* and Forwarded of a stranger are replaced, and what happens once is sent once', async () => {
      await proxy.stop();
      const { server, port, brokenOff } = await startEcho();
      proxy = await start({ tls, httpsPort, httpPort, behind: [port, port] });
      const { text } = await trusting().agent.get('/').set({
        'x-forwarded-for': '1.2.3.4',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-port': '1',
        forwarded: 'for=1.2.3.4',
      });
      const seen: IncomingHttpHeaders = JSON.parse(text);
      expect(seen).toMatchObject({
        host: `localhost:${httpsPort}`,
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': `localhost:${httpsPort}`,
      });
      expect(JSON.stringify(seen)).not.toMatch(/1\.2\.3\.4|evil/);
      expect(seen['x-forwarded-port'] ?? '').toBe('');
      const cut = await trusting()
        .agent.get('/auth/abc')
        .ok(() => true);
      expect([cut.status >= 500, brokenOff]).toEqual([true, ['/auth/abc']]);
      server.close();
      server.closeAllConnections();
    });
  };
}

describeWithNginx('behind nginx', behind('nginx', startNginx));
describeWithHaproxy('behind HAProxy', behind('haproxy', startHaproxy));
