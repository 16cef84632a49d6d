/**
 * `npm run bench`: what one complete login costs on Redis. Starts its own redis-server and the product in this process,
 * logs enrolled people in one after the other (authorize, password, code, code for tokens, userinfo) and prints, per login,
 * the commands that Redis counted, the sequential waits for the store, and the CPU time of this process.
 */

import { fetchUserInfo } from 'openid-client';
import { createClient } from 'redis';
import type { Store } from '../../adapters/store.ts';
import { Citizen } from '../../test/support/citizen.ts';
import { startKapu } from '../../test/support/kapu.ts';
import { Portal } from '../../test/support/portal.ts';
import { startRedis } from '../../test/support/redis-server.ts';

const WARM_UP = 20;
const LOGINS = Number(process.argv[2] ?? 100);

/** A wait begins when the store is asked while it has nothing else to do for us; what is asked meanwhile shares it. */
function countWaits(store: Store): Store & { readonly waits: () => number } {
  let waits = 0;
  let underWay = 0;
  const counted =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (underWay === 0) waits += 1;
      underWay += 1;
      try {
        return await call(...args);
      } finally {
        underWay -= 1;
      }
    };
  return {
    get: counted(store.get.bind(store)) as Store['get'],
    getMany: counted(store.getMany.bind(store)) as Store['getMany'],
    commit: counted(store.commit.bind(store)),
    members: counted(store.members.bind(store)),
    range: counted(store.range.bind(store)) as Store['range'],
    notify: store.notify.bind(store),
    onNotice: store.onNotice.bind(store),
    ping: store.ping.bind(store),
    close: store.close.bind(store),
    waits: () => waits,
  };
}

const redis = await startRedis();
let watched: ReturnType<typeof countWaits> | undefined;
const kapu = await startKapu({
  redisUrl: redis.url,
  variables: { LOG_LEVEL: 'silent' },
  wrapStore: (store) => {
    watched = countWaits(store);
    return watched;
  },
});
const portal = await Portal.join(kapu, { acr: 'substantial' });
const observer = createClient({ url: redis.url });
await observer.connect();

/** Commands that Redis carried out so far; a script and each command inside it count one each. */
async function commands(): Promise<number> {
  const stats = await observer.info('commandstats');
  const calls = [...stats.matchAll(/^cmdstat_(\S+):calls=(\d+)/gm)];
  return calls.filter(([, name]) => name !== 'info').reduce((sum, [, , count]) => sum + Number(count), 0);
}

async function login(citizen: Citizen): Promise<void> {
  citizen.takesNewBrowser();
  const tokens = await citizen.logsIn(portal);
  await fetchUserInfo(portal.config, tokens.access_token, tokens.claims()?.sub ?? '');
}

async function people(count: number): Promise<Citizen[]> {
  const born: Citizen[] = [];
  for (let i = 0; i < count; i += 1) {
    const citizen = await Citizen.born(kapu, { enrolled: true });
    born.push(citizen);
  }
  return born;
}

for (const citizen of await people(WARM_UP)) await login(citizen);
const crowd = await people(LOGINS);
const before = { commands: await commands(), waits: watched?.waits() ?? 0, cpu: process.cpuUsage() };
for (const citizen of crowd) await login(citizen);
const cpu = process.cpuUsage(before.cpu);
const per = (total: number) => (total / LOGINS).toFixed(1);

process.stdout.write(`
${LOGINS} complete logins at level substantial, first time at the portal (with consent), one after the other, cheap hashing
  Redis commands per login      ${per((await commands()) - before.commands)}
  sequential waits per login    ${per((watched?.waits() ?? 0) - before.waits)}
  CPU ms per login              ${per((cpu.user + cpu.system) / 1000)}   (server and driver together, in one process)
`);

await observer.close();
await kapu.stop();
await redis.stop();
