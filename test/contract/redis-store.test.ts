/** What only the store on Redis has to prove: that Redis may go and come back, and what it may not be set to. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, connect as dial, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEADLINE_MS } from '../../adapters/redis/client.ts';
import { redisFindings } from '../../adapters/redis/findings.ts';
import type { RedisPlace } from '../../adapters/redis/place.ts';
import { inFull, shortened } from '../../adapters/redis/shorthand.ts';
import { openRedisStore } from '../../adapters/redis/store.ts';
import { type Store, tipOf, type Write } from '../../adapters/store.ts';
import { readEnv } from '../../config/env.ts';
import { redisAt } from '../../config/redis.ts';
import { StoreUnavailable } from '../../provider/flows/ports.ts';
import { newFolder } from '../support/folders.ts';
import { describeWithRedis } from '../support/needs.ts';
import { freePort } from '../support/ports.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

const KEY = { partition: 'p', name: 'n' };
const put = (value: unknown): Write => ({ kind: 'put', name: 'n', value });

let redis: RedisServer;
const stores: Store[] = [];

async function open(url = redis.url): Promise<Store> {
  const store = await openRedisStore({ place: redisAt(url), clock: Date });
  stores.push(store);
  return store;
}

/** Far longer than anything takes that is waited for: only a machine that is busy otherwise comes near it. */
const PATIENCE_MS = 30_000;

/** A store that is back may take a moment to notice. */
async function recovered(store: Store): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    if (
      await store.ping().then(
        () => true,
        () => false,
      )
    )
      return;
    await setTimeout(20);
  }
  await store.ping();
}

describeWithRedis('the store on Redis', () => {
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterEach(() => Promise.all(stores.splice(0).map((store) => store.close())));
  afterAll(() => redis.stop());

  describe('when Redis', () => {
    it('is killed and comes back: unavailable in between, then as before, with all that was acknowledged', async () => {
      const store = await open();
      await store.commit('p', [put('before')]);
      await redis.kill();
      await expect(store.get(KEY)).rejects.toThrow(StoreUnavailable);
      await expect(store.commit('p', [put('meanwhile')])).rejects.toThrow(StoreUnavailable);
      await expect(store.getMany([KEY, KEY])).rejects.toThrow(StoreUnavailable);
      await redis.restart();
      await recovered(store);
      expect(await store.get(KEY)).toMatchObject({ value: 'before' });
      expect(await store.commit('p', [put('after'), { kind: 'add', set: 's', member: 'm' }])).toBe(true);
    });

    it('is killed with commands on their way: they reject, and say why', async () => {
      const store = await open();
      redis.pause();
      const commits = Array.from({ length: 10 }, () => store.commit('p', [put(1), put(2)]));
      const outcomes = Promise.allSettled(commits);
      await redis.kill();
      for (const outcome of await outcomes) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailable' } });
        if (outcome.status === 'rejected') expect(outcome.reason.cause.message).toMatch(/./);
      }
      await redis.restart();
    });

    it('is paused: unavailable within the deadline, and back after it', async () => {
      const store = await open();
      redis.pause();
      const asked = performance.now();
      await expect(store.get(KEY)).rejects.toThrow(StoreUnavailable);
      expect(performance.now() - asked).toBeLessThan(3 * DEADLINE_MS);
      const askedAgain = performance.now();
      await expect(store.get(KEY)).rejects.toThrow(StoreUnavailable);
      expect(performance.now() - askedAgain).toBeLessThan(0.75 * DEADLINE_MS);
      redis.resume();
      await recovered(store);
    });

    it('is down at the start: the store opens all the same, and works once Redis is up', async () => {
      await redis.kill();
      const store = await open();
      await expect(store.ping()).rejects.toThrow(StoreUnavailable);
      await redis.restart();
      await recovered(store);
      expect(await store.commit('p', [put(1)])).toBe(true);
    });

    it('is killed and comes back: notices are heard again', async () => {
      const [here, there] = await Promise.all([open(), open()]);
      const heard: string[] = [];
      await there.onNotice('topic', (message) => heard.push(message));
      await redis.kill();
      await expect(here.notify('topic', 'lost')).rejects.toThrow(StoreUnavailable);
      await redis.restart();
      await recovered(here);
      const until = performance.now() + PATIENCE_MS;
      while (heard.length === 0 && performance.now() < until) {
        await here.notify('topic', 'again');
        await setTimeout(50);
      }
      expect(heard).toContain('again');
      expect(heard).not.toContain('lost');
    });

    it('is down when somebody begins to listen: they hear once it is up', async () => {
      await redis.kill();
      const [here, there] = await Promise.all([open(), open()]);
      const heard: string[] = [];
      await there.onNotice('topic', (message) => heard.push(message));
      await redis.restart();
      await recovered(here);
      const until = performance.now() + PATIENCE_MS;
      while (heard.length === 0 && performance.now() < until) {
        await here.notify('topic', 'up');
        await setTimeout(50);
      }
      expect(heard).toContain('up');
    });

    it('forgets its scripts', async () => {
      const store = await open();
      await store.commit('p', [put(1), { kind: 'add', set: 's', member: 'm' }]);
      redis.command('script', 'flush');
      expect(await store.commit('p', [{ ...put(2), expect: 'absent' } as Write])).toBe(false);
      redis.command('script', 'flush');
      expect(await store.members({ partition: 'p', name: 's' })).toEqual(['m']);
    });

    it('is full: the commit is refused as a whole', async () => {
      const store = await open();
      await store.commit('full', [put('before')]);
      redis.command('config', 'set', 'maxmemory', '1');
      const writes: Write[] = [put('after'), { kind: 'add', set: 's', member: 'm' }];
      await expect(store.commit('full', writes)).rejects.toThrow(StoreUnavailable);
      redis.command('config', 'set', 'maxmemory', '0');
      expect(await store.get({ partition: 'full', name: 'n' })).toMatchObject({ value: 'before' });
      expect(await store.members({ partition: 'full', name: 's' })).toEqual([]);
    });
  });

  it('gives up a connection that is dead without having broken', async () => {
    const wire = await startWire(redis.port);
    const store = await open(`redis://127.0.0.1:${wire.port}`);
    await store.ping();
    wire.swallow();
    await expect(store.ping()).rejects.toThrow(StoreUnavailable);
    await recovered(store);
    await store.close();
    wire.close();
  });

  it('speaks TLS, with the certificates that it is told to trust and with no others', async () => {
    const folder = newFolder('tls');
    const [key, ca] = [join(folder, 'key.pem'), join(folder, 'ca.pem')];
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    spawnSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', ca]);
    const tlsPort = await freePort('127.0.0.1');
    const files = ['--tls-cert-file', ca, '--tls-key-file', key, '--tls-ca-cert-file', ca];
    const secure = await startRedis([...files, '--tls-port', `${tlsPort}`, '--tls-auth-clients', 'no']);
    const { redis: place } = readEnv({
      DATA_DIR: folder,
      REDIS_URL: `rediss://127.0.0.1:${tlsPort}`,
      REDIS_CA_FILE: ca,
    });
    const trusting = await openRedisStore({ place: place!, clock: Date });
    expect(await trusting.commit('p', [put(1)])).toBe(true);
    const { ca: _, ...stranger } = place!;
    const doubting = await openRedisStore({ place: stranger, clock: Date });
    await expect(doubting.ping()).rejects.toThrow(StoreUnavailable);
    await Promise.all([trusting.close(), doubting.close()]);
    await secure.stop();
    rmSync(folder, { recursive: true });
  });

  it('reads the tip of a stream where releases before left it, and moves it into the stream with the next write', async () => {
    const store = await open();
    const stream = { partition: 'past', name: 's' };
    const { name } = tipOf(stream);
    const append: Write = { kind: 'append', stream: 's', value: 1, keep: 9 };
    await store.commit('past', [append]);
    redis.command('set', 'kapu:{past}:chain:s', 'v1||{"seq":1}');
    const before = await store.get(tipOf(stream));
    expect(before?.value).toEqual({ seq: 1 });
    const moved = (version: string): Write[] => [
      { kind: 'put', name, value: { seq: 2 }, expect: { version } },
      append,
    ];
    expect(await store.commit('past', moved('v1'))).toBe(false);
    expect(await store.commit('past', moved(before?.version ?? ''))).toBe(true);
    expect(await store.commit('past', moved(before?.version ?? ''))).toBe(false);
    expect(redis.command('--raw', 'keys', '*{past}*')).toBe('kapu-list:{past}:s');
    expect((await store.get(tipOf(stream)))?.value).toEqual({ seq: 2 });
    expect(await store.range(stream)).toHaveLength(2);
  });

  it('reads documents and entries as releases before wrote them, with all their ids', async () => {
    const store = await open();
    const id = 'H04ExKM9aPbgyWPbXWW4LHSY';
    const partition = `account:${id}`;
    const key = { partition, name: 'account' };
    redis.command('set', `kapu:{${partition}}:account`, `kkmyWH3IBOx-13g||\u0002!${id}\u0006(anna\u00077`);
    redis.command('rpush', `kapu-list:{${partition}}:s`, `1|{"accountId":"${id}"}`);
    const before = await store.get(key);
    expect(before?.value).toMatchObject({ id, username: 'anna' });
    expect(await store.range({ partition, name: 's' })).toEqual([{ id: '1', value: { accountId: id } }]);
    const value = { id, username: 'béla' };
    const write: Write = { kind: 'put', name: 'account', value, expect: { version: before?.version ?? '' } };
    expect(await store.commit(partition, [write])).toBe(true);
    expect(redis.command('--raw', 'get', `kapu:{${partition}}:account`)).not.toContain(id);
    expect((await store.get(key))?.value).toEqual(value);
  });

  it('pages through a stream whose oldest entry is damaged, and comes to its end', async () => {
    const store = await open();
    redis.command('rpush', 'kapu-list:{torn}:s', '{"torn', '2|2', '3|3', '4|4');
    const read: unknown[] = [];
    for (let before: string | undefined, pages = 0; pages < 9; pages += 1) {
      const [entry] = await store.range(
        { partition: 'torn', name: 's' },
        { limit: 1, ...(before && { before }) },
      );
      if (!entry) break;
      read.push(entry.value);
      before = entry.id;
    }
    expect(read).toEqual([4, 3, 2, null]);
  });

  it('reads sets as releases before wrote them, with what expires when by itself', async () => {
    const store = await open();
    const soon = Date.now() + 60_000;
    redis.command('zadd', 'kapu-set:{past}:set', '0', 'gone', '0', 'soon', '0', 'never');
    redis.command('zadd', 'kapu-set-expiries:{past}:set', '5', 'gone', `${soon}`, 'soon');
    const set = { partition: 'past', name: 'set' };
    expect(await store.members(set)).toEqual(['never', 'soon']);
    expect(redis.command('exists', 'kapu-set-expiries:{past}:set')).toBe('0');
    await store.commit('past', [{ kind: 'drop', set: 'set', member: 'never' }]);
    expect(await store.members(set, { after: 'never' })).toEqual(['soon']);
    expect(Number(redis.command('pttl', 'kapu-set:{past}:set'))).toBeGreaterThan(50_000);
  });

  it('leaves nothing behind in Redis when all has expired', async () => {
    const store = await open();
    const expiresAt = Date.now() + 30;
    await store.commit('gone', [
      { kind: 'put', name: 'n', value: 1, expiresAt },
      { kind: 'add', set: 's', member: 'm', expiresAt: expiresAt - 20 },
      { kind: 'add', set: 's', member: 'o', expiresAt },
    ]);
    await store.commit('gone', [{ kind: 'put', name: 'plain', value: 1, expiresAt }]);
    while (redis.command('--raw', 'keys', '*{gone}*') !== '') await setTimeout(5);
    expect(Date.now()).toBeLessThan(expiresAt + PATIENCE_MS);
  });
});

/** As in OPERATING.md. */
const RIGHTS =
  '~kapu* &kapu-notices +@read +@write +@connection +@scripting +publish +subscribe +info +wait +cluster|slots +config|get +acl|dryrun'.split(
    ' ',
  );

async function verdicts(place: RedisPlace): Promise<Record<string, string>> {
  const findings = await redisFindings(place);
  return Object.fromEntries(findings.map(({ setting, verdict }) => [setting, verdict]));
}

describeWithRedis('what is found at a Redis', () => {
  afterEach(() => Promise.all(stores.splice(0).map((store) => store.close())));

  it('is fine with settings that keep what they are given', async () => {
    redis = await startRedis();
    expect(await verdicts(redisAt(redis.url))).toEqual({
      'maxmemory-policy': 'fine',
      appendonly: 'fine',
      appendfsync: 'doubtful',
      'user default': 'fine',
      version: 'fine',
      rights: 'fine',
    });
    redis.command('config', 'set', 'appendfsync', 'always');
    expect(await verdicts(redisAt(redis.url))).toMatchObject({ appendfsync: 'fine' });
    expect(redis.command('--raw', 'keys', '*')).toBe('');
  });

  it('names every setting with which Redis forgets', async () => {
    redis.command('config', 'set', 'maxmemory-policy', 'allkeys-lru');
    redis.command('config', 'set', 'appendonly', 'no');
    redis.command('config', 'set', 'appendfsync', 'no');
    expect(await redisFindings(redisAt(redis.url))).toMatchObject([
      {
        setting: 'maxmemory-policy',
        value: 'allkeys-lru',
        verdict: 'wrong',
        advice: expect.stringContaining('noeviction'),
      },
      { setting: 'appendonly', value: 'no', verdict: 'wrong', advice: expect.stringContaining('yes') },
      { setting: 'appendfsync', value: 'no', verdict: 'wrong', advice: expect.stringContaining('always') },
      { setting: 'user default', verdict: 'fine' },
      { setting: 'version', verdict: 'fine' },
      { setting: 'rights', verdict: 'fine' },
    ]);
    expect(await verdicts({ ...redisAt(redis.url), waitReplicas: 1 })).toMatchObject({ replicas: 'wrong' });
  });

  it('is a user with just the rights that the documentation names, and one who lacks one', async () => {
    redis.command('acl', 'setuser', 'kapu', 'on', '>hush', ...RIGHTS);
    const place = { ...redisAt(redis.url), username: 'kapu', password: 'hush' };
    expect(await verdicts(place)).toMatchObject({ rights: 'fine', version: 'fine' });
    const store = await openRedisStore({ place, clock: Date });
    stores.push(store);
    const heard: string[] = [];
    await store.onNotice('topic', (message) => heard.push(message));
    expect(await store.commit('p', [put(1), { kind: 'append', stream: 's', value: 1, keep: 1 }])).toBe(true);
    await store.notify('topic', 'it');
    while (heard.length === 0) await setTimeout(5);

    redis.command('acl', 'setuser', 'kapu', '-rpush');
    expect(await redisFindings(place)).toContainEqual(
      expect.objectContaining({
        setting: 'rights',
        verdict: 'wrong',
        value: expect.stringContaining('script'),
      }),
    );
    redis.command('acl', 'setuser', 'kapu', '+rpush', '-publish');
    expect(await redisFindings(place)).toContainEqual(
      expect.objectContaining({ setting: 'rights', value: expect.stringContaining('publish') }),
    );
    for (const missing of ['info', 'subscribe', 'wait']) {
      redis.command('acl', 'setuser', 'kapu', '+publish', `-${missing}`);
      expect(await redisFindings({ ...place, waitReplicas: 1 })).toContainEqual(
        expect.objectContaining({ verdict: 'wrong', value: expect.stringContaining(`'${missing}'`) }),
      );
      redis.command('acl', 'setuser', 'kapu', `+${missing}`);
    }
    await expect(
      openRedisStore({ place: { ...place, password: 'wrong' }, clock: Date }).then(async (refused) => {
        stores.push(refused);
        return refused.ping();
      }),
    ).rejects.toThrow(StoreUnavailable);
  });

  it('is a user default that may nothing: a restart leaves out what scripts wrote', async () => {
    redis.command('acl', 'setuser', 'kapu', '-acl');
    const place = { ...redisAt(redis.url), username: 'kapu', password: 'hush' };
    expect(await verdicts(place)).toMatchObject({ 'user default': 'doubtful', rights: 'fine' });
    redis.command('acl', 'setuser', 'kapu', '+acl|dryrun');
    redis.command('acl', 'setuser', 'default', '-set');
    expect(await redisFindings(place)).toContainEqual(
      expect.objectContaining({
        setting: 'user default',
        verdict: 'wrong',
        advice: expect.stringContaining('user default off ~* &* +@all'),
      }),
    );
  });

  it('can not be said when it does not answer', async () => {
    await redis.stop();
    await expect(redisFindings(redisAt(redis.url))).rejects.toThrow(StoreUnavailable);
  });
});

/** A net between the store and Redis that can lose a host: bytes go in, and nobody says that they go nowhere. */
async function startWire(to: number): Promise<{ port: number; swallow(): void; close(): void }> {
  const pairs: [Socket, Socket][] = [];
  const server = createServer((near) => {
    const far = dial(to, '127.0.0.1');
    near.pipe(far).pipe(near);
    for (const end of [near, far]) end.on('error', () => end.destroy());
    pairs.push([near, far]);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as { port: number };
  return {
    port: address.port,
    swallow() {
      for (const [near, far] of pairs) {
        near.unpipe(far).resume();
        far.unpipe(near).resume();
      }
    },
    close() {
      server.close();
      for (const end of pairs.flat()) end.destroy();
    },
  };
}

describe('what is written shorter', () => {
  const OWN = 'account:H04ExKM9aPbgyWPb';
  const names = fc.constantFrom(
    'id',
    'kind',
    'v',
    'seq',
    'mac',
    'chain',
    'roles',
    'nobody',
    '__proto__',
    '"',
  );
  const texts = fc.constantFrom(
    '1795525326540',
    '17955253265401234',
    '","kind":"',
    '{"id":',
    '\u0001!',
    'H04ExKM9aPbgyWPb',
    '2026. november 24.',
    '\u001e',
    'substantial',
    ',"v":1}',
    '\\',
    '\u0007"',
  );
  const values = fc.letrec((tie) => ({
    value: fc.oneof(
      texts,
      fc.string(),
      fc.maxSafeInteger(),
      fc.integer({ min: 999_999_999_998, max: 2_000_000_000_001 }),
      fc.array(tie('value')),
      fc.dictionary(names, tie('value')),
    ),
  })).value;

  it('is again what it was, whatever it says', () => {
    fc.assert(
      fc.property(values, (value) => {
        const json = JSON.stringify(value);
        for (const partition of ['a:b', OWN])
          expect(inFull(shortened(json, partition), partition)).toBe(json);
      }),
    );
  });

  it('is shorter, and what was written in full stays as it is', () => {
    const json = '{"id":"a","kind":"totp","name":"Telefon, 1","secret":{"keyId":"k","other":1},"v":1}';
    expect(shortened(json, OWN).length).toBeLessThan(json.length / 2);
    expect(inFull(json, OWN)).toBe(json);
  });

  it('leaves out the id that its partition is called by, wherever it stands', () => {
    const json = '{"id":"H04ExKM9aPbgyWPb","next":"/H04ExKM9aPbgyWPb/H04ExKM9aPbgyWPbH04Ex"}';
    expect(shortened(json, OWN).length).toBe(shortened(json, 'a:b').length - 3 * 15);
    expect(inFull(shortened(json, OWN), OWN)).toBe(json);
  });
});
