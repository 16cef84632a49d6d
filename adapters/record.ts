/** Records as text, and what is said of one that can't be read. */
import { CorruptRecord } from '../provider/flows/ports.ts';
import type { Key } from './store.ts';

/** Throws {@link CorruptRecord}, which tells where it lies and nothing of what is in it. */
export function readRecord<T>(text: string, key: Key): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new CorruptRecord(nameOf(key));
  }
}

/** For the log, which holds no user names: of such a record only the kind. */
export function nameOf({ partition, name }: Key): string {
  return partition.startsWith('username:') ? 'username' : `${partition} ${name}`;
}
