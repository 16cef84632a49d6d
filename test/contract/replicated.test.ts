/** The promises of the store on a Redis of many servers, and what becomes of them when a master dies. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { redisFindings } from '../../adapters/redis/findings.ts';
import { openRedisStore } from '../../adapters/redis/store.ts';
import type { Store } from '../../adapters/store.ts';
import { StoreUnavailable } from '../../provider/flows/ports.ts';
import { describeWithRedis } from '../support/needs.ts';
import { startCluster, startSentinels, type Topology } from '../support/redis-topology.ts';
import { clock, keepsItsPromises } from './promises.ts';

/** So many that every master of a Cluster has some. */
const PARTITIONS = Array.from({ length: 6 }, (_, i) => `failover-${i}`);

describeWithRedis('the store on a master that Sentinels name', () => onMany(startSentinels));
describeWithRedis('the store on a Cluster of six nodes', () => onMany(startCluster));

function onMany(start: () => Promise<Topology>): void {
  let topology: Topology;
  const open = () => openRedisStore({ place: topology.place, clock });

  beforeAll(async () => {
    topology = await start();
  });
  afterAll(() => topology.stop());

  describe('in peace', () => {
    keepsItsPromises(async () => {
      const store = await open();
      return { store, another: open, quiet: () => topology.quiet(), end: () => store.close() };
    });

    it('has every setting that it needs on every master, but for a flush with every write', async () => {
      const findings = await redisFindings(topology.place);
      const verdicts = Object.fromEntries(findings.map(({ setting, verdict }) => [setting, verdict]));
      expect(verdicts).toEqual({
        'maxmemory-policy': 'fine',
        appendonly: 'fine',
        appendfsync: 'doubtful',
        'user default': 'fine',
        replicas: 'fine',
        version: 'fine',
        rights: 'fine',
      });
    });
  });

  describe('when a master is killed', () => {
    const work = { over: false, tallies: PARTITIONS.map(() => newTally()) };
    const stores: Store[] = [];
    // What goes on after a failure would keep the whole run from ending.
    afterAll(() => {
      work.over = true;
      return Promise.all(stores.map((store) => store.close()));
    });

    it('loses nothing that it acknowledged, gives nothing twice, and comes back by itself', async () => {
      const [here, there] = [await open(), await open()];
      stores.push(here, there);
      const heard: string[] = [];
      await there.onNotice('topic', (message) => heard.push(message));
      const working = PARTITIONS.map((partition, i) =>
        claim([here, there], partition, work, work.tallies[i]!),
      );

      await pause(300);
      const killedAt = performance.now();
      const dead = await topology.replaceMaster(`{${PARTITIONS[0]}}`);
      // A Cluster's new master has no replica until the old one is back, and without one nothing is acknowledged.
      await dead.restart();
      await everybodyWorksAgain(work.tallies);
      const outageMs = performance.now() - killedAt;
      work.over = true;
      await Promise.all(working);

      const sum = (of: (tally: Tally) => number) => work.tallies.reduce((all, tally) => all + of(tally), 0);
      expect(sum(({ refused }) => refused)).toBeGreaterThan(0);
      expect(sum(({ twice }) => twice)).toBe(0);
      for (const [i, { acknowledged }] of work.tallies.entries()) {
        const keys = [...acknowledged.keys()].map((name) => ({ partition: PARTITIONS[i]!, name }));
        const kept = await patiently(() => here.getMany<string>(keys));
        expect(kept.map((entry) => entry?.value)).toEqual([...acknowledged.values()]);
      }
      expect(outageMs).toBeLessThan(45_000);

      const deadline = performance.now() + 30_000;
      while (!heard.includes('again') && performance.now() < deadline) {
        await here.notify('topic', 'again').catch(() => undefined);
        await pause(50);
      }
      expect(heard).toContain('again');
    });
  });
}

interface Tally {
  /** Name -> who was told that it is theirs. */
  readonly acknowledged: Map<string, string>;
  refused: number;
  twice: number;
  /** Claims that were answered since the last refusal. */
  since: number;
}

function newTally(): Tally {
  return { acknowledged: new Map(), refused: 0, twice: 0, since: 0 };
}

/** A Cluster that has just changed masters may close a connection once more. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; tries < 40; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      await pause(200);
    }
  }
  return ask();
}

/** Two instances want each name, as two windows want one code: until it is over. */
async function claim(
  stores: readonly Store[],
  partition: string,
  work: { readonly over: boolean },
  tally: Tally,
): Promise<void> {
  for (let i = 0; !work.over; i += 1) {
    const name = `claim-${i}`;
    const won = await Promise.all(
      stores.map((store, who) => claimed(store, partition, name, `${who}`, tally)),
    );
    const winners = won.flatMap((mine, who) => (mine ? [`${who}`] : []));
    if (winners.length > 1) tally.twice += 1;
    if (winners[0] !== undefined) tally.acknowledged.set(name, winners[0]);
    await pause(2);
  }
}

async function claimed(
  store: Store,
  partition: string,
  name: string,
  value: string,
  tally: Tally,
): Promise<boolean> {
  try {
    const won = await store.commit(partition, [{ kind: 'put', name, value, expect: 'absent' }]);
    tally.since += 1;
    return won;
  } catch (error) {
    expect(error).toBeInstanceOf(StoreUnavailable);
    tally.refused += 1;
    tally.since = 0;
    return false;
  }
}

async function everybodyWorksAgain(tallies: readonly Tally[]): Promise<void> {
  const deadline = performance.now() + 60_000;
  const troubled = () => tallies.some(({ refused }) => refused > 0);
  const working = () => tallies.every(({ since }) => since > 20);
  while (!(troubled() && working()) && performance.now() < deadline) await pause(20);
}
