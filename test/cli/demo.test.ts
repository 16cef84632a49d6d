/** `npm start` as a newcomer runs it, twice on the same data. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { storedAccounts } from '../../adapters/accounts.ts';
import { storedClients } from '../../adapters/clients.ts';
import { openStore } from '../../adapters/open-store.ts';
import { systemClock as clock } from '../../adapters/system.ts';
import { presentedClient } from '../../provider/core/client-record.ts';
import { hashClientSecret } from '../../provider/flows/clients.ts';
import { BELA, DEMO_CLIENT_ID, DEMO_PEOPLE } from '../../scripts/demo-data.ts';
import { newFolder } from '../support/folders.ts';
import { freePort } from '../support/ports.ts';

let dataDir: string;
let ports: { readonly provider: number; readonly portal: number };

beforeAll(async () => {
  dataDir = newFolder('demo');
  ports = { provider: await freePort(), portal: await freePort() };
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** Resolves when the last line of the banner is there. */
async function startDemo() {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/start.ts'], {
    env: {
      PORT: `${ports.provider}`,
      DEMO_PORTAL_PORT: `${ports.portal}`,
      DATA_DIR: dataDir,
      HASH_THREADS: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const gone = once(child, 'exit');
  let output = '';
  let faults = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (output.includes('Ctrl+C')) resolve();
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      faults += chunk;
    });
    child.once('exit', () => reject(new Error(`the demo ended:\n${faults}${output}`)));
  });
  return {
    output: () => output.trim(),
    async end() {
      child.kill('SIGTERM');
      const [code, signal] = await gone;
      return code ?? signal;
    },
  };
}

async function dataAtRest() {
  const store = await openStore({ dataDir, clock });
  const accounts = await storedAccounts(store, clock).list({ limit: 10 });
  const clients = await storedClients(store, clock).list({ limit: 10 });
  await store.close();
  const portalSecret = readFileSync(path.join(dataDir, 'demo-portal-secret'), 'utf8').trim();
  return { accounts, clients, portalSecret };
}

it('says where it is and who lives there, answers, stops at SIGTERM, and keeps its data', async () => {
  const provider = `http://localhost:${ports.provider}`;
  const portal = `http://localhost:${ports.portal}`;

  const first = await startDemo();
  for (const told of [
    provider,
    portal,
    ...DEMO_PEOPLE.flatMap(({ username, password }) => [username, password]),
    BELA.totpSecret,
    `${provider}/admin`,
  ])
    expect(first.output()).toContain(told);
  expect(first.output()).toContain(path.join(dataDir, 'mail'));
  expect((await fetch(`${provider}/.well-known/openid-configuration`)).status).toBe(200);
  expect((await fetch(`${provider}/health/ready`)).status).toBe(200);
  expect((await fetch(portal)).status).toBe(200);
  expect(await first.end()).toBe(0);
  const left = await dataAtRest();
  expect(left.accounts.map(({ username }) => username)).toEqual(DEMO_PEOPLE.map(({ username }) => username));
  const presented = left.clients.map((record) => presentedClient(record, Date.now()));
  expect(presented).toContainEqual(
    expect.objectContaining({
      client_id: DEMO_CLIENT_ID,
      client_secret: hashClientSecret(left.portalSecret),
    }),
  );
  expect(statSync(path.join(dataDir, 'demo-portal-secret')).mode & 0o077).toBe(0);

  const second = await startDemo();
  expect(second.output()).toBe(first.output());
  expect(await second.end()).toBe(0);
  expect(await dataAtRest()).toEqual(left);
});
