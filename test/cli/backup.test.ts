/** Everything that people left here, carried from one engine to the other by the command line, and they go on as before. */
import { rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { refreshTokenGrant } from 'openid-client';
import { Citizen } from '../support/citizen.ts';
import { runCommand } from '../support/command-line.ts';
import { newFolder } from '../support/folders.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { describeWithRedis } from '../support/needs.ts';
import { Portal } from '../support/portal.ts';
import { sameService } from '../support/process.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { releaseClock, SECONDS, stopClock, travel } from '../support/time.ts';

/** A machine that runs other tests beside these starts processes slowly. */
const STEP = 30 * SECONDS;
const folder = newFolder('cli-backup');
const file = path.join(folder, 'backup');
const lastingFile = path.join(folder, 'lasting');
const copied = path.join(folder, 'copied');

async function run(words: readonly string[], variables: Record<string, string>) {
  const { code, stdout, stderr } = await runCommand(['--json', ...words], variables);
  return { code, stderr, document: JSON.parse(stdout || '{}') };
}

describeWithRedis('a store that is carried elsewhere', () => {
  let redis: RedisServer;
  let kapu: TestKapu;
  let same: Record<string, string>;
  let citizen: Citizen;
  let portal: Portal;
  let refreshToken: string;

  /** The same service elsewhere: what was there before has ended. */
  async function moves(variables: Record<string, string>): Promise<void> {
    const { PORT } = same;
    kapu = await startKapu({
      variables: { ...same, ...variables, PORT: PORT ?? '' },
      prepare: async () => {},
    });
  }

  /** With the password and, after the code that was accepted last, the next one. */
  async function logsInAgain(): Promise<void> {
    citizen.takesNewBrowser();
    const visit = await citizen.goesTo(portal);
    await citizen.entersPassword();
    await citizen.entersCode();
    expect(citizen.browser.page.left).toBeUndefined();
    expect(citizen.browser.hasForm('/code')).toBe(true);
    travel(STEP);
    await citizen.entersCode();
    const tokens = await visit.arrive(citizen.browser.page.left ?? '');
    expect(tokens.claims()).toMatchObject({ acr: kapu.env.acrValues.substantial });
  }

  async function refreshes(): Promise<void> {
    const tokens = await refreshTokenGrant(portal.config, refreshToken);
    expect(tokens.access_token).toMatch(/./);
  }

  beforeAll(async () => {
    stopClock();
    redis = await startRedis();
    kapu = await startKapu();
    same = { ...sameService(kapu), ISSUER: kapu.issuer, PORT: `${kapu.env.port}` };
    portal = await Portal.join(kapu, { acr: 'substantial' });
    citizen = await Citizen.born(kapu);
    const scope = { scope: 'openid offline_access', prompt: 'consent' };
    const tokens = await citizen.logsIn(portal, scope);
    refreshToken = String(tokens.refresh_token);
    travel(STEP);
    citizen.takesNewBrowser();
    await citizen.logsIn(portal);
  });
  afterAll(async () => {
    await kapu.stop();
    await redis.stop();
    releaseClock();
    rmSync(folder, { recursive: true });
  });

  it('is written into a sealed file while the server runs, and can be verified', async () => {
    const made = await run(['backup', file], same);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.document).toMatchObject({ documents: expect.any(Number), members: expect.any(Number) });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const [verified, again, lasting] = await Promise.all([
      run(['backup', 'verify', file], same),
      run(['backup', file], same),
      run(['backup', lastingFile, '--lasting'], same),
    ]);
    expect(verified).toEqual(made);
    expect(again).toMatchObject({ code: 1, document: { error: 'file-exists' } });
    expect(lasting.document.documents).toBeLessThan(made.document.documents);
    const strange = await run(['backup', 'verify', file], {
      ...same,
      SECRET_KEYS: Buffer.alloc(32, 1).toString('base64'),
    });
    expect(strange).toMatchObject({ code: 1, document: { error: 'backup-not-opened' } });
  });

  it('is restored into the other engine: the same password, no code twice, tokens go on', async () => {
    const there = { ...same, REDIS_URL: redis.url };
    expect(await run(['restore', file], there)).toMatchObject({ code: 0, stderr: '' });
    expect(await run(['restore', file], there)).toMatchObject({
      code: 1,
      document: { error: 'store-not-empty' },
    });
    await kapu.stop();
    await moves({ REDIS_URL: redis.url });
    await refreshes();
    await logsInAgain();
  });

  it('is copied back from Redis into a folder, with the sessions and without', async () => {
    await kapu.stop();
    const from = { ...same, REDIS_URL: redis.url };
    expect(await run(['store', 'copy', '--to', copied], from)).toMatchObject({ code: 0, stderr: '' });
    expect(await run(['store', 'copy', '--to', copied], from)).toMatchObject({ code: 1 });
    await moves({ DATA_DIR: copied });
    await refreshes();
    await logsInAgain();
  });

  it('without what ends by itself: people log in anew, with the same password and the next code', async () => {
    await kapu.stop();
    const elsewhere = { ...same, DATA_DIR: path.join(folder, 'elsewhere') };
    expect(await run(['restore', lastingFile], elsewhere)).toMatchObject({ code: 0, stderr: '' });
    await moves(elsewhere);
    await expect(refreshes()).rejects.toMatchObject({ error: 'invalid_grant' });
    travel(STEP);
    citizen.takesNewBrowser();
    await citizen.logsIn(portal);
  });
});
