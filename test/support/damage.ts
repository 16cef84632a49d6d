/** Rows of the embedded store as a damaged disk leaves them. */
import { open } from 'lmdb';

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
