/**
 * `npm run bench:keys`: people log in without a pause at two instances on one Redis while the signing keys rotate through
 * all their states, again and again. Portals keep the key set of each instance for a while and fetch no other meanwhile;
 * they verify every ID token at once, and once more when its life ends. Prints the logins and the failures.
 *
 * Options, in seconds: --run 30, --publish 3 (a key waits before it signs), --cache 2 (portals keep a key set),
 * --sign 4 (a key signs before its successor is published), --retire 5, --token 4 (an ID token's life).
 */
import '../../test/support/quiet.ts';
import { parseArgs } from 'node:util';
import { decodeProtectedHeader, type JSONWebKeySet } from 'jose';
import { SIGNING_ALGORITHMS } from '../../provider/core/signing-key.ts';
import { Citizen } from '../../test/support/citizen.ts';
import type { TestKapu } from '../../test/support/kapu.ts';
import { Portal } from '../../test/support/portal.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { keySetAt, startTwins, verifiedWith } from '../../test/support/twins.ts';

const HANDS = 4;
const LOOK_EVERY_MS = 250;

const { values } = parseArgs({
  options: {
    run: { type: 'string', default: '30' },
    publish: { type: 'string', default: '3' },
    cache: { type: 'string', default: '2' },
    sign: { type: 'string', default: '4' },
    retire: { type: 'string', default: '5' },
    token: { type: 'string', default: '4' },
  },
});
const milliseconds = (seconds: string) => Number(seconds) * 1000;

const redis = await startRedis();
const twins = await startTwins({
  redisUrl: redis.url,
  variables: { LOG_LEVEL: 'silent' },
  keys: {
    lookEveryMs: LOOK_EVERY_MS,
    schedule: {
      publishedMs: milliseconds(values.publish),
      rotateAfterMs: milliseconds(values.sign),
      retiredMs: milliseconds(values.retire),
    },
  },
});
const [kapu] = twins.instances;
const until = performance.now() + milliseconds(values.run);
const kids = new Set<string>();
const failures: string[] = [];
let logins = 0;

/** A portal's copy of the key set of one instance. */
function keptKeySet(instance: TestKapu): () => Promise<JSONWebKeySet> {
  let kept: Promise<JSONWebKeySet> | undefined;
  let fetchedAt = 0;
  return () => {
    if (!kept || performance.now() - fetchedAt > milliseconds(values.cache)) {
      fetchedAt = performance.now();
      kept = keySetAt(instance);
    }
    return kept;
  };
}

async function logInAgainAndAgain(hand: number): Promise<void> {
  const alg = SIGNING_ALGORITHMS[hand % SIGNING_ALGORITHMS.length];
  const portal = await Portal.join(kapu, { metadata: { id_token_signed_response_alg: alg } });
  const citizen = await Citizen.born(kapu);
  const keySets = twins.instances.map(keptKeySet);
  const alive: { token: string; endsAt: number }[] = [];

  async function verify(token: string): Promise<void> {
    for (const keySet of keySets) await verifiedWith(await keySet(), token);
  }

  async function logIn(): Promise<void> {
    citizen.takesNewBrowser();
    const token = (await citizen.logsIn(portal)).id_token ?? '';
    kids.add(decodeProtectedHeader(token).kid ?? '');
    await verify(token);
    alive.push({ token, endsAt: performance.now() + milliseconds(values.token) });
    while (alive[0] && alive[0].endsAt < performance.now()) await verify(alive.shift()?.token ?? '');
  }

  while (performance.now() < until) {
    try {
      await logIn();
      logins += 1;
    } catch (error) {
      failures.push(`${alg}: ${(error as Error).message}`);
    }
  }
}

await Promise.all(Array.from({ length: HANDS }, (_, hand) => logInAgainAndAgain(hand)));
await twins.stop();
await redis.stop();

for (const failure of new Set(failures)) process.stdout.write(`${failure}\n`);
process.stdout.write(`
${logins} logins at two instances, ID tokens signed by ${kids.size} keys of ${SIGNING_ALGORITHMS.length} algorithms
${failures.length} failures
`);
process.exitCode = failures.length === 0 ? 0 : 1;
