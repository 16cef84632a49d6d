/** What the figures tell of the service, and that they tell nothing of a person. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { prometheus, scrape } from '../../adapters/metrics.ts';
import { StoreUnavailable } from '../../provider/flows/ports.ts';
import { serveMetrics } from '../../provider/metrics-server.ts';
import { Citizen } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { Portal } from '../support/portal.ts';
import { freePort } from '../support/ports.ts';

let kapu: TestKapu;
let portal: Portal;
let broken = false;

beforeAll(async () => {
  kapu = await startKapu({
    metrics: prometheus(),
    wrapStore: (store) => ({
      ...store,
      ping: () => (broken ? Promise.reject(new StoreUnavailable('broken')) : store.ping()),
    }),
  });
  portal = await Portal.join(kapu, { acr: 'substantial' });
});
afterAll(() => kapu.stop());

/** The value of a line such as `name{label="value"}`. */
async function figure(line: string): Promise<number> {
  const { text } = await scrape();
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? 0 : Number(found.slice(line.length));
}

it('counts logins, refusals by reason, and times steps, hashes and the store', async () => {
  const citizen = await Citizen.born(kapu, { enrolled: true });
  await citizen.goesTo(portal);
  await citizen.entersPassword('wrong password');
  await citizen.entersPassword();
  await citizen.entersCode('12');
  await citizen.goesThrough();

  expect(await figure('kapu_logins_total{level="substantial",outcome="done"}')).toBe(1);
  expect(await figure('kapu_refusals_total{reason="wrong-credentials"}')).toBe(1);
  expect(await figure('kapu_refusals_total{reason="malformed-code"}')).toBe(1);
  expect(await figure('kapu_step_seconds_count{step="password",answer="4xx"}')).toBe(1);
  expect(await figure('kapu_step_seconds_count{step="code",answer="3xx"}')).toBe(1);
  expect(await figure('kapu_hash_seconds_count')).toBeGreaterThanOrEqual(3);
  expect(await figure('kapu_hash_wait_seconds_count')).toBe(await figure('kapu_hash_seconds_count'));
  expect(await figure('kapu_hash_queue_length')).toBe(0);
  expect(await figure('kapu_store_seconds_count{operation="commit",outcome="ok"}')).toBeGreaterThan(5);
  expect(await figure('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
});

it('counts a login that was cancelled, and a fault by its kind', async () => {
  const citizen = await Citizen.born(kapu);
  await citizen.goesTo(portal);
  await citizen.browser.submit('/cancel');
  expect(await figure('kapu_logins_total{level="none",outcome="cancelled"}')).toBe(1);
  broken = true;
  expect((await fetch(`${kapu.issuer}/health/ready`)).status).toBe(503);
  broken = false;
  expect(await figure('kapu_faults_total{kind="store-unavailable"}')).toBe(1);
});

it('has no words of a stranger in a label, and nothing of a person', async () => {
  const citizen = await Citizen.born(kapu, { username: 'maganszemely', enrolled: true });
  await citizen.logsIn(portal);
  await fetch(`${kapu.issuer}/nowhere-at-all`);
  await fetch(`${kapu.issuer}/interaction/abcdef/attackers-words`, { method: 'POST' });
  const { text } = await scrape();
  const secrets = ['maganszemely', citizen.accountId, 'example.hu', 'nowhere', 'attackers', portal.clientId];
  for (const told of secrets) expect(text).not.toContain(told);
});

it('is served at /metrics alone, by a listener of its own', async () => {
  const port = await freePort();
  const server = await serveMetrics({ host: 'localhost', port }, scrape);
  const answer = await fetch(`http://localhost:${port}/metrics`);
  expect(answer.headers.get('content-type')).toContain('text/plain');
  expect(await answer.text()).toContain('# TYPE kapu_logins_total counter');
  expect((await fetch(`http://localhost:${port}/`)).status).toBe(404);
  expect((await fetch(`${kapu.issuer}/metrics`)).status).toBe(404);
  server.close();
  server.closeAllConnections();
});
