/** A master that dies while people log in and enrol, on real Sentinels and on a real Cluster. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startKapu } from '../support/kapu.ts';
import { describeWithRedis } from '../support/needs.ts';
import { Patience, report } from '../support/patience.ts';
import { Portal } from '../support/portal.ts';
import { startCluster, startSentinels, type Topology } from '../support/redis-topology.ts';
import { releaseClock, stopClock } from '../support/time.ts';

describeWithRedis('with Sentinels', () => masterDies(() => startSentinels()));
describeWithRedis('on a Cluster', () => masterDies(() => startCluster()));

function masterDies(start: () => Promise<Topology>): void {
  describe('when a master is killed', () => {
    let topology: Topology;

    beforeAll(async () => {
      topology = await start();
    }, 60_000);
    afterAll(() => topology.stop());

    it('people who log in or enrol get through, and nothing is taken twice, lost or half done', async () => {
      stopClock();
      const { variables } = topology;
      const kapu = await startKapu({ variables });
      const portal = await Portal.join(kapu, { acr: 'substantial' });
      const people = await Patience.of(kapu, portal, 3, 3);
      const arriving = people.allLogIn();
      await people.onTheWay(7);
      const dead = await topology.replaceMaster(`{account:${people.somebody}}`);
      await dead.restart();
      await arriving;
      const tally = await people.audit();
      report(`failover (${topology.place.kind})`, tally);
      expect(tally).toMatchObject({ acknowledged: 6, lost: 0, twice: 0, half: 0, lockedOut: 0 });
      expect(tally.interrupted).toBeGreaterThan(0);
      expect(await people.untold()).toBe(0);
      expect(kapu.logged()).toMatch(/StoreUnavailable/);
      await kapu.stop();
      releaseClock();
    }, 90_000);
  });
}
