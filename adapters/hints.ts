/**
 * What this process knows of documents that it wrote or read before: which others are wanted with them. A hint only lets
 * them be asked for at once; all are read anew and nothing is decided by it, so a wrong one costs a read in vain.
 */
export interface Hints<T> {
  note(id: string, hint: T): void;
  of(id: string): T | undefined;
}

const MOST = 5_000;

/** Keeps the newest. */
export function hints<T>(): Hints<T> {
  const known = new Map<string, T>();
  return {
    note(id, hint) {
      known.delete(id);
      known.set(id, hint);
      const [oldest] = known.keys();
      if (known.size > MOST && oldest !== undefined) known.delete(oldest);
    },
    of: (id) => known.get(id),
  };
}
