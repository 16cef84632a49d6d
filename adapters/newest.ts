/**
 * What a process remembers by a name, the newest of it: a bound for what strangers can have it remember. Most of it are
 * hints, of which documents are wanted with one that was written or read before: they let all be asked for at once. All
 * are read anew and nothing is decided by a hint, so a wrong one costs a read in vain.
 */
export interface Newest<T> {
  note(name: string, what: T): void;
  of(name: string): T | undefined;
}

/** So many are kept at least, twice as many at most. */
const KEPT = 5_000;

/** In two generations: to look for the oldest one each time would cost more than what is remembered is worth. */
export function newest<T>(): Newest<T> {
  let [young, old] = [new Map<string, T>(), new Map<string, T>()];
  return {
    note(name, what) {
      if (young.size >= KEPT) [young, old] = [new Map(), young];
      young.set(name, what);
    },
    of: (name) => young.get(name) ?? old.get(name),
  };
}
