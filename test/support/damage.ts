/** What a store holds, as a damaged disk leaves it. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { entryKey } from '../../adapters/embedded-keys.ts';
import { streamKey } from '../../adapters/redis/keys.ts';
import type { Key } from '../../adapters/store.ts';
import type { RedisServer } from './redis-server.ts';

const run = promisify(execFile);

const SPOIL = `
  import { open } from 'lmdb';
  const [folder, table, key] = process.argv.slice(1);
  const rows = open({ path: folder, noSubdir: false }).openDB(table, { encoding: 'string', keyEncoding: 'binary' });
  rows.putSync(Buffer.from(key, 'hex'), '{"value":"nobody may read this');
`;

/** `folder` may be open in this process. One process must not open it twice: its two writers would wait for each other. */
export async function spoilRow(
  folder: string,
  table: 'documents' | 'streams',
  key: Uint8Array,
): Promise<void> {
  const given = [folder, table, Buffer.from(key).toString('hex')];
  await run(process.execPath, ['--input-type=module', '--eval', SPOIL, '--', ...given]);
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
