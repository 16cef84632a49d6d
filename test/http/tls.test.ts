/** The server with a certificate of its own. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { Agent, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EnvError } from '../../config/env.ts';
import { httpServer } from '../../provider/listener.ts';
import { newFolder } from '../support/folders.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';

const folder = newFolder('tls');
const files = { cert: path.join(folder, 'tls.crt'), key: path.join(folder, 'tls.key') };
const messages: string[] = [];
const note = (_facts: object, message: string) => void messages.push(message);
const log = { info: note, warn: note, error: note };

let kapu: TestKapu;
let server: Server;

function newCertificate(name: string): void {
  const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const output = ['-keyout', files.key, '-out', files.cert, '-subj', `/CN=${name}`];
  execFileSync('openssl', ['req', '-x509', ...options, ...output], { stdio: 'ignore' });
}

beforeAll(async () => {
  newCertificate('first');
  kapu = await startKapu({ variables: { TLS_CERT: files.cert, TLS_KEY: files.key } });
  server = httpServer(kapu.handle, kapu.env.tls, log, { lookEveryMs: 20 }) as Server;
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await kapu.stop();
  rmSync(folder, { recursive: true });
});

const port = () => (server.address() as AddressInfo).port;

function shown(options: object = {}): Promise<{ peer: PeerCertificate; protocol: string | null }> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      { port: port(), host: 'localhost', rejectUnauthorized: false, ...options },
      () => {
        resolve({ peer: socket.getPeerCertificate(), protocol: socket.getProtocol() });
        socket.end();
      },
    );
    socket.once('error', reject);
  });
}

it('serves the issuer over https, behind no proxy', async () => {
  expect(kapu.issuer).toMatch(/^https:/);
  const agent = new Agent({ rejectUnauthorized: false });
  const headers = { host: new URL(kapu.issuer).host };
  const body = await new Promise<string>((resolve, reject) => {
    const options = {
      port: port(),
      host: 'localhost',
      path: '/.well-known/openid-configuration',
      agent,
      headers,
    };
    request(options, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
  expect(JSON.parse(body)).toMatchObject({
    issuer: kapu.issuer,
    token_endpoint: `${kapu.issuer}/token`,
  });
});

it('speaks TLS 1.2 at least, with forward secrecy', async () => {
  expect((await shown()).protocol).toBe('TLSv1.3');
  expect((await shown({ maxVersion: 'TLSv1.2' })).protocol).toBe('TLSv1.2');
  await expect(
    shown({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
  ).rejects.toThrow();
  await expect(shown({ maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA256' })).rejects.toThrow();
});

it('uses a new certificate without a restart, and half of one never', async () => {
  expect((await shown()).peer.subject.CN).toBe('first');
  writeFileSync(files.key, 'half a file');
  await until(() => messages.some((message) => message.includes('the former one stays')));
  expect((await shown()).peer.subject.CN).toBe('first');
  newCertificate('second');
  await until(() => messages.includes('a new TLS certificate is in use'));
  expect((await shown()).peer.subject.CN).toBe('second');
});

it('a certificate that can not be read stops the start', () => {
  expect(() => httpServer(kapu.handle, { ...files, key: '/nowhere' }, log)).toThrow(EnvError);
});

async function until(happened: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!happened()) {
    if (performance.now() > deadline) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
