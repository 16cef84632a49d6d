/** What a store holds, as a damaged disk leaves it. */
import path from 'node:path';
import { open } from 'lmdb';
import { entryKey } from '../../adapters/embedded-keys.ts';
import { streamKey } from '../../adapters/redis/keys.ts';
import type { Key } from '../../adapters/store.ts';
import type { RedisServer } from './redis-server.ts';

/** `folder` may be open elsewhere. */
export async function spoilRow(
  folder: string,
  table: 'documents' | 'streams',
  key: Uint8Array,
): Promise<void> {
  const environment = open({ path: folder, noSubdir: false });
  const rows = environment.openDB<string, Uint8Array>(table, { encoding: 'string', keyEncoding: 'binary' });
  await rows.put(key, '{"value":"nobody may read this');
  await environment.close();
}

/** An entry of a stream, by the cursor that stands for it. */
export async function tearEntry(
  { dataDir, redis }: { readonly dataDir: string; readonly redis: RedisServer | undefined },
  stream: Key,
  cursor: string,
): Promise<void> {
  if (!redis) return spoilRow(path.join(dataDir, 'store'), 'streams', entryKey(stream, BigInt(cursor)));
  const entries = redis.command('lrange', streamKey(stream), '0', '-1').split('\n');
  const index = entries.findIndex((entry) => entry.startsWith(`${cursor}|`));
  redis.command('lset', streamKey(stream), `${index}`, `${cursor}|{"torn`);
}
