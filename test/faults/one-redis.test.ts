/**
 * What breaks while people log in and enrol. After each fault: nothing acknowledged is lost, no code was taken twice, no
 * enrolment is half done, nobody is locked out, nobody restarted anything, and the log and a figure name the cause.
 * Elsewhere: the mail server away for an hour (`adapters/mailer`), a portal that hangs (`logout`), the store alone under
 * all this (`contract/`), Sentinels and a Cluster that lose a master (`contract/replicated`).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { NO_METRICS } from '../../adapters/measured.ts';
import { documentKey } from '../../adapters/redis/keys.ts';
import type { Metrics } from '../../provider/flows/ports.ts';
import { Citizen } from '../support/citizen.ts';
import { runCommand } from '../support/command-line.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { describeOnSmallDisk, describeWithRedis } from '../support/needs.ts';
import { Patience, report, type Tally } from '../support/patience.ts';
import { Portal } from '../support/portal.ts';
import { freePort } from '../support/ports.ts';
import { sameService, startProcess } from '../support/process.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { releaseClock, stopClock } from '../support/time.ts';
import { balanced } from '../support/twins.ts';

/** A machine that runs other tests beside these is slow. */
jest.setTimeout(90_000);

const UNHARMED = { lost: 0, twice: 0, half: 0, lockedOut: 0 } satisfies Partial<Tally>;

/** Figures of faults by kind, as Prometheus would have them. */
function countedFaults() {
  const kinds: Record<string, number> = {};
  const metrics: Metrics = {
    ...NO_METRICS,
    count(name, labels) {
      if (name !== 'kapu_faults_total') return;
      const { kind } = labels as { kind: string };
      kinds[kind] = (kinds[kind] ?? 0) + 1;
    },
  };
  return { kinds, metrics };
}

interface Fault {
  readonly what: string;
  begin(): unknown;
  end(): unknown;
  readonly lastsMs: number;
  /** Nobody is to feel anything of it. */
  readonly unnoticed?: true;
  /** What the log says of it. */
  readonly cause?: RegExp;
}

async function through({ what, begin, end, lastsMs }: Fault, people: Patience): Promise<Tally> {
  const arriving = people.allLogIn();
  await people.onTheWay(5);
  await begin();
  await pause(lastsMs);
  await end();
  await arriving;
  const tally = await people.audit();
  report(what, tally);
  return tally;
}

describeWithRedis('Redis', () => {
  let redis: RedisServer;
  let wire: { port: number; delayMs: number; close(): void };
  let kapu: TestKapu;
  let portal: Portal;
  const { kinds, metrics } = countedFaults();

  beforeAll(async () => {
    stopClock();
    // What a killed Redis keeps of the second before, it keeps by this alone (OPERATING.md).
    redis = await startRedis(['--appendfsync', 'always']);
    wire = await slowWire(redis.port);
    kapu = await startKapu({ redisUrl: `redis://127.0.0.1:${wire.port}`, metrics });
    portal = await Portal.join(kapu, { acr: 'substantial' });
  });
  afterAll(async () => {
    await kapu.stop();
    wire.close();
    await redis.stop();
    releaseClock();
  });

  const set = (name: string, value: string) => () => redis.command('config', 'set', name, value);
  const faults: readonly Fault[] = [
    {
      what: 'killed with -9 and started again',
      begin: () => redis.kill(),
      end: () => redis.restart(),
      lastsMs: 300,
      cause: /Socket closed|ECONNREFUSED|ECONNRESET|client is/i,
    },
    {
      what: 'hangs',
      begin: () => redis.pause(),
      end: () => redis.resume(),
      lastsMs: 2_600,
      // Whoever asks first hears of the silence, the others of the connection that is given up for it.
      cause: /no answer within 2000 ms|Disconnects client|client is/i,
    },
    {
      what: 'is full',
      begin: set('maxmemory', '1'),
      end: set('maxmemory', '0'),
      lastsMs: 400,
      cause: /OOM/,
    },
    {
      what: 'became a replica, read-only',
      begin: () => redis.command('replicaof', '127.0.0.1', '1'),
      end: () => redis.command('replicaof', 'no', 'one'),
      lastsMs: 400,
      cause: /READONLY/,
    },
    {
      what: 'misses its replicas',
      begin: set('min-replicas-to-write', '1'),
      end: set('min-replicas-to-write', '0'),
      lastsMs: 400,
      cause: /NOREPLICAS/,
    },
    {
      what: 'forgets its scripts',
      begin: () => redis.command('script', 'flush'),
      end: () => redis.command('script', 'flush'),
      lastsMs: 200,
      unnoticed: true,
    },
    {
      what: 'is slow',
      begin() {
        wire.delayMs = 100;
      },
      end() {
        wire.delayMs = 0;
      },
      lastsMs: 1_500,
    },
  ];

  it.each(faults.map((fault) => [fault.what, fault] as const))('%s', async (_, fault) => {
    const people = await Patience.of(kapu, portal, 2, 2);
    const [told, counted] = [kapu.logged().length, kinds['store-unavailable'] ?? 0];
    const tally = await through(fault, people);
    expect(tally).toMatchObject({ ...UNHARMED, acknowledged: 4 });
    expect(await people.untold()).toBe(0);
    const more = (kinds['store-unavailable'] ?? 0) - counted;
    if (fault.cause) {
      expect(tally.interrupted).toBeGreaterThan(0);
      expect(more).toBeGreaterThan(0);
      expect(kapu.logged().slice(told)).toMatch(fault.cause);
    } else if (fault.unnoticed) {
      expect({ interrupted: tally.interrupted, more }).toEqual({ interrupted: 0, more: 0 });
    }
  });

  describe('a record that is none', () => {
    const GARBAGE = 'v|{"secret":"nobody may read this';
    const key = (partition: string, name: string) => documentKey({ partition, name });
    const spoil = (at: string): string => {
      const before = redis.command('get', at);
      if (before === '') throw new Error(`there is no ${at}`);
      redis.command('set', at, GARBAGE);
      return before;
    };

    it('an account: its owner sees a page with a reference, it is named, nobody else notices, and its name stays taken', async () => {
      const [citizen, other] = [await Citizen.born(kapu, { enrolled: true }), await Citizen.born(kapu)];
      const before = spoil(key(`account:${citizen.accountId}`, 'account'));
      const told = kapu.logged().length;
      await citizen.goesTo(portal);
      if (citizen.browser.hasForm('/method')) await citizen.choosesMethod('totp');
      expect((await citizen.entersPassword()).status).toBe(500);
      expect(citizen.browser.text).toMatch(/Hiba történt nálunk/);
      const said = kapu.logged().slice(told);
      expect(said).toContain(`the record account:${citizen.accountId} account can not be read`);
      expect(said).not.toContain('nobody may read');
      expect(kinds['corrupt-record']).toBeGreaterThan(0);
      await expect(Citizen.born(kapu, { username: citizen.username })).rejects.toThrow(/not registered/);
      expect((await other.logsIn(await Portal.join(kapu))).access_token).toBeDefined();

      redis.command('set', key(`account:${citizen.accountId}`, 'account'), before);
      citizen.takesNewBrowser();
      expect((await citizen.logsIn(portal)).claims()?.acr).toBe(kapu.env.acrValues.substantial);
    });

    it('a session: its owner is asked to log in anew, without clearing cookies, and it is named', async () => {
      const citizen = await Citizen.born(kapu, { enrolled: true });
      await citizen.logsIn(portal);
      const [session] = await kapu.storage.sessions.of(citizen.accountId);
      const uid = session?.uid ?? '';
      spoil(key(`session:${uid}`, 'payload'));
      const told = kapu.logged().length;
      await citizen.goesTo(portal, { prompt: 'login' });
      expect(citizen.browser.hasForm('/password') || citizen.browser.hasForm('/method')).toBe(true);
      expect(kapu.logged().slice(told)).toContain(`the record session:${uid} payload can not be read`);
    });

    it('the keys: who runs goes on with the ones that it has, and it is named', async () => {
      const at = key('keys', 'signing');
      const before = spoil(at);
      await expect(kapu.refreshKeys()).rejects.toThrow('the record keys signing can not be read');
      const citizen = await Citizen.born(kapu, { enrolled: true });
      expect((await citizen.logsIn(portal)).claims()?.sub).toBeDefined();
      redis.command('set', at, before);
    });
  });
});

describeWithRedis('two instances, one 20 seconds ahead and killed with -9 again and again', () => {
  it('people get through, and nothing is taken twice or lost', async () => {
    const redis = await startRedis();
    const [port, far] = [await freePort(), await freePort()];
    const ISSUER = `http://localhost:${port}`;
    const here = await startKapu({ redisUrl: redis.url, variables: { ISSUER } });
    const there = () =>
      startProcess({ ...sameService(here), ISSUER, PORT: `${far}`, NODE_OPTIONS: ahead(20_000) });
    let instance = await there();
    const balancer = await balanced(port, [here.env.port, far]);
    const portal = await Portal.join(here, { acr: 'substantial' });

    const inPeace = await Patience.of(here, portal, 2, 2);
    await inPeace.allLogIn();
    const calm = await inPeace.audit();
    report('20 seconds apart', calm);
    expect(calm).toMatchObject({ ...UNHARMED, acknowledged: 4, interrupted: 0 });

    const people = await Patience.of(here, portal, 3, 3);
    const arriving = people.allLogIn();
    await people.onTheWay(3 + Math.floor(Math.random() * 20));
    await instance.end('SIGKILL');
    instance = await there();
    await arriving;
    const tally = await people.audit();
    report('killed with -9', tally);
    expect(tally).toMatchObject({ ...UNHARMED, acknowledged: 6 });
    expect(tally.interrupted).toBeGreaterThan(0);

    await instance.end('SIGKILL');
    stopClock(Date.now());
    expect(await people.untold()).toBe(0);
    releaseClock();
    balancer.close();
    await here.stop();
    await redis.stop();
  });
});

describeOnSmallDisk('a full disk under the embedded store', () => {
  it('people see 503, nothing is lost, and all go on when there is room again', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'kapu-small-'));
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', folder]);
    expect(mounted.status).toBe(0);
    stopClock();
    const { kinds, metrics } = countedFaults();
    const kapu = await startKapu({ variables: { DATA_DIR: folder }, metrics });
    const portal = await Portal.join(kapu, { acr: 'substantial' });
    const people = await Patience.of(kapu, portal, 2, 2);
    const filler = path.join(folder, 'filler');
    const tally = await through(
      {
        what: 'a full disk',
        begin: () => spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096']),
        end: () => writeFileSync(filler, ''),
        lastsMs: 400,
      },
      people,
    );
    expect(tally).toMatchObject({ ...UNHARMED, acknowledged: 4 });
    expect(tally.interrupted).toBeGreaterThan(0);
    expect(kinds['store-unavailable']).toBeGreaterThan(0);
    expect(kapu.logged()).toMatch(/embedded store failed.*(?:space|ENOSPC)/i);
    spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096']);
    const { code, stdout } = await runCommand(['check'], sameService(kapu));
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(/^WRONG +store: embedded, .*: no space left on the disk/m),
    });
    await kapu.stop();
    spawnSync('umount', [folder]);
    rmSync(folder, { recursive: true, force: true });
    releaseClock();
  });
});

/** The whole process, library and all, lives in the future. */
function ahead(milliseconds: number): string {
  const script = `const Real=Date;globalThis.Date=class extends Real{constructor(...given){given.length?super(...given):super(Real.now()+${milliseconds})}static now(){return Real.now()+${milliseconds}}}`;
  return `--import data:text/javascript,${encodeURIComponent(script)}`;
}

/** A way to Redis that can be made slow. */
async function slowWire(to: number) {
  const wire = { port: 0, delayMs: 0, close: () => void server.close() };
  const server = createServer((near) => {
    const far = dial(to, '127.0.0.1');
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      let dueAt = 0;
      from.on('data', (chunk) => {
        dueAt = Math.max(dueAt, performance.now() + wire.delayMs);
        setTimeout(() => into.write(chunk), dueAt - performance.now());
      });
      from.on('error', () => into.destroy()).on('close', () => into.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  wire.port = (server.address() as { port: number }).port;
  return wire;
}
