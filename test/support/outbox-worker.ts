/** A process that takes one job of an outbox, says so and then neither delivers it nor lets it go: to be killed. */
import { NO_METRICS } from '../../adapters/measured.ts';
import { openStore } from '../../adapters/open-store.ts';
import { openOutbox } from '../../adapters/outbox/outbox.ts';
import { secretBox } from '../../adapters/secret-box.ts';
import { systemClock as clock, systemRandom as random } from '../../adapters/system.ts';
import { redisAt } from '../../config/redis.ts';

const [dataDir = '', redisUrl] = process.argv.slice(2);
const log = { info() {}, warn() {}, error: (facts: object) => process.stderr.write(JSON.stringify(facts)) };
const store = await openStore({ dataDir, clock, ...(redisUrl && { redis: redisAt(redisUrl) }) });
const box = secretBox([new Uint8Array(32)], () => {});
const outbox = openOutbox({ store, secretBox: box, random, clock, log, metrics: NO_METRICS });
const workers = outbox.work({
  mail: {
    retry: { firstDelayMs: 1_000, longestDelayMs: 1_000 },
    deadlineMs: 30_000,
    handsPerLane: 1,
    hands: 1,
    deliver: (body) => {
      process.stdout.write(`taken ${JSON.stringify(body)}\n`);
      return new Promise(() => {});
    },
  },
});
await workers.wakeAll();
