/**
 * What this process knows of documents that it wrote or read before: which others are wanted with them. A hint only lets
 * them be asked for at once; all are read anew and nothing is decided by it, so a wrong one costs a read in vain.
 */
export interface Hints<T> {
  note(id: string, hint: T): void;
  of(id: string): T | undefined;
}

/** So many are kept at least, twice as many at most. */
const KEPT = 5_000;

/** Keeps the newest, in two generations: to look for the oldest one each time would cost more than the hint is worth. */
export function hints<T>(): Hints<T> {
  let [young, old] = [new Map<string, T>(), new Map<string, T>()];
  return {
    note(id, hint) {
      if (young.size >= KEPT) [young, old] = [new Map(), young];
      young.set(id, hint);
    },
    of: (id) => young.get(id) ?? old.get(id),
  };
}
