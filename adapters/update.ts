/** The one compare-and-set loop over a document, and what it does when everybody wants the same one. */
import type { Entry, Expectation, Key, Store, Write } from './store.ts';

/** With a random pause between tries, this many lost races in a row mean a fault, not traffic. */
const MAX_TRIES = 200;

export interface Next<T, R> {
  /** What to store: a document, nothing (`remove`), or leave all as it is (`keep`). */
  readonly write: { readonly value: T; readonly expiresAt?: number } | 'remove' | 'keep';
  /** Goes into the same commit; only with a written or removed document. */
  readonly alongside?: readonly Write[];
  readonly result: R;
}

/**
 * Reads a document, lets `decide` say what becomes of it and commits that if nobody was faster; otherwise again.
 * `decide` may run several times.
 */
export async function update<T, R>(
  store: Store,
  key: Key,
  decide: (entry: Entry<T> | undefined) => Next<T, R>,
): Promise<R> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const entry = await store.get<T>(key);
    const { write, alongside = [], result } = decide(entry);
    if (write === 'keep') return result;
    const expect: Expectation = entry ? { version: entry.version } : 'absent';
    const main: Write =
      write === 'remove'
        ? { kind: 'remove', name: key.name, expect }
        : { kind: 'put', name: key.name, expect, ...write };
    if (await store.commit(key.partition, [main, ...alongside])) return result;
    await breathe(tries);
  }
  throw new Error(`compare-and-set gave up on ${key.partition}`);
}

/** A short random pause, so that racing writers don't meet again at the next try. */
function breathe(tries: number): Promise<void> {
  const ceilingMs = Math.min(50, 2 ** tries);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * ceilingMs));
}
