/** The promises of the store, kept by the engines that need one server or none. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openEmbeddedStore } from '../../adapters/embedded-store.ts';
import { openRedisStore } from '../../adapters/redis/store.ts';
import { redisAt } from '../../config/redis.ts';
import { StoreUnavailable } from '../../provider/flows/ports.ts';
import { describeWithRedis } from '../support/needs.ts';
import { startRedis } from '../support/redis-server.ts';
import { clock, keepsItsPromises, type Running } from './promises.ts';

async function onDisk(): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'kapu-store-'));
  const another = async () => openEmbeddedStore({ folder, clock });
  const store = await another();
  return { store, another, end: () => store.close().then(() => rm(folder, { recursive: true })) };
}

async function onRedis(): Promise<Running> {
  const redis = await startRedis();
  const another = () => openRedisStore({ place: redisAt(redis.url), clock });
  const store = await another();
  return { store, another, end: () => store.close().then(() => redis.stop()) };
}

describe('the embedded store', () => keepsItsPromises(onDisk));
describeWithRedis('the store on Redis', () => keepsItsPromises(onRedis));

describe('every store', () => {
  it.each([
    ['embedded', onDisk],
    ['Redis', onRedis],
  ])('rejects after it was closed: %s', async (_, start) => {
    const { store, end } = await start();
    const last = store.commit('p', [{ kind: 'put', name: 'n', value: 1 }]);
    await store.close();
    expect(await last).toBe(true);
    await expect(store.get({ partition: 'p', name: 'n' })).rejects.toThrow(StoreUnavailable);
    await expect(store.commit('p', [{ kind: 'remove', name: 'n' }])).rejects.toThrow(StoreUnavailable);
    await expect(store.ping()).rejects.toThrow(StoreUnavailable);
    await expect(store.notify('topic', 'message')).rejects.toThrow(StoreUnavailable);
    await end();
  });
});
