/** What stands against keeping accounts in this Redis: whether it evicts, forgets, lags behind, or forbids what we need. */

import { tipOf } from '../store.ts';
import type { Client, Redis } from './client.ts';
import { dialler as diallerOf } from './dial.ts';
import { documentKey, setKeys, streamKey } from './keys.ts';
import { openLink } from './link.ts';
import { mastersOf } from './masters.ts';
import { CHANNEL } from './notices.ts';
import type { RedisPlace } from './place.ts';
import { commitOf } from './writes.ts';

export interface RedisFinding {
  readonly setting: string;
  readonly value: string;
  /** `wrong` loses what it acknowledged or does not work; `doubtful` may, on a bad day. */
  readonly verdict: 'fine' | 'doubtful' | 'wrong';
  /** What to do about it, and why. */
  readonly advice: string;
}

/** Of every master, the worst that is found. Rejects with `StoreUnavailable` when one can't be reached. */
export async function redisFindings(place: RedisPlace): Promise<RedisFinding[]> {
  const dialler = await diallerOf(place);
  const link = await openLink({ dialler });
  try {
    return await link.ask(async (redis) => worstOfEach(await findingsOf(redis, place)));
  } finally {
    await link.close();
    dialler.stop();
  }
}

async function findingsOf(redis: Redis, place: RedisPlace): Promise<RedisFinding[]> {
  const masters = await mastersOf(redis);
  const settings = await Promise.all(masters.map((node) => permitted(() => settingsOf(node, place))));
  const rights = await permitted(async () => {
    await useRights(redis);
    if (place.waitReplicas > 0) await Promise.all(masters.map((node) => node.wait(0, 1)));
    return [rightsFinding('enough', 'fine')];
  });
  return [...settings.flat(), ...rights];
}

/** What the user may not look at is a finding too. */
async function permitted(look: () => Promise<RedisFinding[]>): Promise<RedisFinding[]> {
  try {
    return await look();
  } catch (error) {
    const { message } = error as Error;
    if (!/^NOPERM|can't run this command/.test(message)) throw error;
    return [rightsFinding(message, 'wrong')];
  }
}

const rightsFinding = (value: string, verdict: RedisFinding['verdict']): RedisFinding => ({
  setting: 'rights',
  value,
  verdict,
  advice: 'grant the user the rights that OPERATING.md names',
});

async function settingsOf(node: Client, place: RedisPlace): Promise<RedisFinding[]> {
  const info = await node.info();
  const facts = new Map(
    Array.from(info.matchAll(/^(\w+):(.*?)\r?$/gm), ([, name = '', value = '']) => [name, value]),
  );
  const fact = (name: string) => facts.get(name) ?? 'unknown';
  return [
    policyFinding(fact('maxmemory_policy')),
    appendOnlyFinding(fact('aof_enabled') === '1'),
    fsyncFinding(await fsyncOf(node)),
    defaultUserFinding(await mayOfDefaultUser(node)),
    ...(place.kind === 'standalone' && place.waitReplicas === 0
      ? []
      : [replicasFinding(info.match(/^slave\d+:.*state=online/gm)?.length ?? 0, place.waitReplicas)]),
    versionFinding(fact('redis_version')),
  ];
}

function policyFinding(policy: string): RedisFinding {
  return {
    setting: 'maxmemory-policy',
    value: policy,
    verdict: policy === 'noeviction' ? 'fine' : 'wrong',
    advice: 'set it to noeviction: any other lets Redis drop accounts and sessions when memory is short',
  };
}

function appendOnlyFinding(isOn: boolean): RedisFinding {
  return {
    setting: 'appendonly',
    value: isOn ? 'yes' : 'no',
    verdict: isOn ? 'fine' : 'wrong',
    advice: 'set it to yes: otherwise a restart loses what was written since the last snapshot',
  };
}

/** `CONFIG` is forbidden in many places, and `INFO` does not tell. */
async function fsyncOf(node: Client): Promise<string> {
  try {
    return (await node.configGet('appendfsync')).appendfsync ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

function fsyncFinding(value: string): RedisFinding {
  const setting = 'appendfsync';
  if (value === 'no')
    return {
      setting,
      value,
      verdict: 'wrong',
      advice: 'set it to everysec or always: a crash loses half a minute',
    };
  return {
    setting,
    value,
    verdict: value === 'always' ? 'fine' : 'doubtful',
    advice:
      'set it to always: with everysec a Redis or a machine that dies loses up to a second, with replicas too when it is back before one takes over',
  };
}

/** What `ACL DRYRUN` answers, which Redis 6.2 does not know and an older grant does not allow. */
async function mayOfDefaultUser(node: Client): Promise<string> {
  try {
    return `${await node.aclDryRun('default', ['SET', documentKey(PROBE), '1'])}`;
  } catch {
    return 'unknown';
  }
}

/** Redis reads its append-only file as the user `default`, and leaves out each transaction that this one may not do. */
function defaultUserFinding(answer: string): RedisFinding {
  const verdict = answer === 'OK' ? 'fine' : answer === 'unknown' ? 'doubtful' : 'wrong';
  return {
    setting: 'user default',
    value: { fine: 'may write', doubtful: 'unknown', wrong: 'may not write' }[verdict],
    verdict,
    advice:
      'switch it off with its rights left, "user default off ~* &* +@all": many versions lose at a restart what scripts wrote when it has none',
  };
}

function replicasFinding(count: number, waitReplicas: number): RedisFinding {
  const verdict = count < waitReplicas ? 'wrong' : 'fine';
  return {
    setting: 'replicas',
    value: `${count}`,
    verdict: count === 0 && verdict === 'fine' ? 'doubtful' : verdict,
    advice: 'give every master one replica more than REDIS_WAIT_REPLICAS, and one at least',
  };
}

function versionFinding(version: string): RedisFinding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return {
    setting: 'version',
    value: version,
    verdict: major > 6 || (major === 6 && minor >= 2) ? 'fine' : 'wrong',
    advice: 'install Redis 6.2 or later',
  };
}

const PROBE = { partition: 'rights', name: 'probe' };

/** Does once whatever the store does, on keys of its own that are gone afterwards. */
async function useRights(redis: Redis): Promise<void> {
  const now = Date.now();
  const { partition, name } = PROBE;
  const expiresAt = now + 60_000;
  const writes = commitOf(
    partition,
    [
      { kind: 'put', name, value: 1, expiresAt },
      { kind: 'add', set: name, member: 'm', expiresAt },
      { kind: 'add', set: name, member: 'kept' },
      { kind: 'drop', set: name, member: 'kept' },
      { kind: 'put', name: tipOf(PROBE).name, value: 1 },
      { kind: 'append', stream: name, value: 1, keep: 1 },
      { kind: 'remove', name: 'nothing' },
    ],
    now,
  );
  await redis.commit(writes);
  await redis.members({ keys: setKeys(PROBE), args: [`${now}`, '-', '-1'] });
  await redis.range({ keys: [streamKey(PROBE)], args: ['', ''] });
  await redis.set(documentKey(PROBE), '', { expiration: { type: 'PX', value: 1_000 } });
  await redis.publish(CHANNEL, '{"topic":"rights","message":""}');
  await redis.del([documentKey(PROBE), streamKey(PROBE), ...setKeys(PROBE)]);
  await redis.subscribe(CHANNEL, () => {});
}

const GRAVITY = { fine: 0, doubtful: 1, wrong: 2 } as const;

function worstOfEach(findings: readonly RedisFinding[]): RedisFinding[] {
  const worst = new Map<string, RedisFinding>();
  for (const one of findings) {
    const other = worst.get(one.setting);
    if (!other || GRAVITY[one.verdict] > GRAVITY[other.verdict]) worst.set(one.setting, one);
  }
  return [...worst.values()];
}
