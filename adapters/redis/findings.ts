/** What stands against keeping accounts in this Redis: it may not evict, nor forget at a restart. */
import { openLink } from './link.ts';

export interface RedisFinding {
  readonly setting: string;
  readonly value: string;
  readonly ok: boolean;
  /** What to do about it, and why. */
  readonly advice: string;
}

/**
 * Does this Redis keep what it is given, and know all commands? Read from `INFO`, which also works where `CONFIG` is
 * forbidden. Rejects with {@link StoreUnavailable} when it can't be reached.
 */
export async function redisFindings(url: string): Promise<RedisFinding[]> {
  const link = await openLink(url);
  try {
    return findingsFrom(await link.ask((redis) => redis.info()));
  } finally {
    await link.close();
  }
}

function findingsFrom(info: string): RedisFinding[] {
  const facts = new Map(
    Array.from(info.matchAll(/^(\w+):(.*?)\r?$/gm), ([, name = '', value = '']) => [name, value]),
  );
  const policy = facts.get('maxmemory_policy') ?? 'unknown';
  const appendOnly = facts.get('aof_enabled') === '1';
  const version = facts.get('redis_version') ?? 'unknown';
  return [
    {
      setting: 'maxmemory-policy',
      value: policy,
      ok: policy === 'noeviction',
      advice: 'set it to noeviction: any other lets Redis drop accounts and sessions when memory is short',
    },
    {
      setting: 'appendonly',
      value: appendOnly ? 'yes' : 'no',
      ok: appendOnly,
      advice: 'set it to yes: otherwise a restart loses what was written since the last snapshot',
    },
    {
      setting: 'version',
      value: version,
      ok: isAtLeast(version, 6, 2),
      advice: 'install Redis 6.2 or later',
    },
  ];
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [ours = 0, oursMinor = 0] = version.split('.').map(Number);
  return ours > major || (ours === major && oursMinor >= minor);
}
