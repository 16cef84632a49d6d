/** The one compare-and-set loop over a document, and what it does when everybody wants the same one. */
import type { Entry, Expectation, Key, Store, Write } from './store.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** With a random pause between tries, this many lost races in a row mean a fault, not traffic. */
export const MAX_TRIES = 200;

export interface Next<T, R> {
  /** What to store: a document, nothing (`remove`), or leave all as it is (`keep`). */
  readonly write:
    | { readonly value: T; readonly expiresAt?: number; readonly version?: string }
    | 'remove'
    | 'keep';
  /** Goes into the same commit; only with a written or removed document. */
  readonly alongside?: readonly Write[];
  readonly result: R;
}

/** A store that may remember what the present request has read. */
export type Updatable = Store & Partial<Pick<UnitOfWork, 'prepare' | 'seen'>>;

export interface UpdateOptions {
  /** What the document most likely is when this request has not read it: a right guess saves reading it. */
  readonly guess?: 'absent';
}

/**
 * Reads a document, lets `decide` say what becomes of it and commits that if nobody was faster; otherwise again.
 * `decide` may run several times. What this request has read already is not read again for the first try.
 */
export async function update<T, R>(
  store: Updatable,
  key: Key,
  decide: (entry: Entry<T> | undefined) => Next<T, R>,
  { guess }: UpdateOptions = {},
): Promise<R> {
  const seen = store.seen?.<T>(key);
  if (seen || guess === 'absent') {
    const { write, alongside, result } = decide(seen?.entry);
    // What was read is true enough to leave alone; a guess is not.
    if (write === 'keep' && seen) return result;
    if (write !== 'keep' && (await store.commit(key.partition, writesOf(key, seen?.entry, write, alongside))))
      return result;
  }
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const entry = await store.get<T>(key);
    const { write, alongside, result } = decide(entry);
    if (write === 'keep') return result;
    if (await store.commit(key.partition, writesOf(key, entry, write, alongside))) return result;
    await breathe(tries);
  }
  throw new Error(`compare-and-set gave up on ${key.partition}`);
}

function writesOf<T>(
  { name }: Key,
  entry: Entry<T> | undefined,
  write: Exclude<Next<T, unknown>['write'], 'keep'>,
  alongside: readonly Write[] = [],
): Write[] {
  const expect: Expectation = entry ? { version: entry.version } : 'absent';
  const main: Write =
    write === 'remove' ? { kind: 'remove', name, expect } : { kind: 'put', name, expect, ...write };
  return [main, ...alongside];
}

/** A short random pause, so that racing writers don't meet again at the next try. */
export function breathe(tries: number): Promise<void> {
  const ceilingMs = Math.min(50, 2 ** tries);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * ceilingMs));
}
