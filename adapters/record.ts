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

/** Null for an entry that can't be read: whoever reads a stream is not to lose the rest of it. */
export function readEntry<T>(text: string): T | null {
  try {
    return JSON.parse(text) as T;
  } catch {
    return null;
  }
}

/** For the log, which holds no user names: of such a record only the kind. */
export function nameOf({ partition, name }: Key): string {
  return partition.startsWith('username:') ? 'username' : `${partition} ${name}`;
}
