/**
 * The journal, over the store: one stream of what was done with accounts and clients. The truth stays in their own
 * histories; this is what one looks through without knowing whose to open.
 */
import { matches } from '../provider/core/history-filter.ts';
import type { JournalEntry } from '../provider/core/journal.ts';
import { UNREADABLE, type Unreadable } from '../provider/core/unreadable.ts';
import type { Journal } from '../provider/flows/ports.ts';
import type { Key, Store, Write } from './store.ts';

export const JOURNAL: Key = { partition: 'journal', name: 'acts' };
/** Years of a country's desks. */
const KEPT = 100_000;
const READ_AT_ONCE = 200;
/** Who looks for what is rare goes on by the next page, and holds nobody up meanwhile. */
const MOST_LOOKED_AT = 2_000;

/** The write that tells of an act, for a commit in the journal's partition. */
export const journalled = (value: JournalEntry): Write => ({
  kind: 'append',
  stream: JOURNAL.name,
  value,
  keep: KEPT,
});

export function storedJournal(store: Pick<Store, 'range' | 'commit'>): Journal {
  function read(before: string | undefined) {
    const page = { limit: READ_AT_ONCE, ...(before !== undefined && { before }) };
    return store.range<JournalEntry>(JOURNAL, page);
  }

  return {
    async append(entry) {
      await store.commit(JOURNAL.partition, [journalled(entry)]);
    },

    async find(filter, { limit, before }) {
      const found: (JournalEntry | Unreadable)[] = [];
      let next = before;
      for (let looked = 0; looked < MOST_LOOKED_AT; looked += READ_AT_ONCE) {
        const entries = await read(next);
        const told = entries.map(({ id, value }) => ({ id, value: value ?? UNREADABLE }));
        const wanted = told.filter(({ value }) => matches(filter, { ...value }));
        const taken = wanted.slice(0, limit - found.length);
        found.push(...taken.map(({ value }) => value));
        if (found.length === limit) return { entries: found, ...goingOn(taken.at(-1)?.id) };
        if (entries.length < READ_AT_ONCE) return { entries: found };
        next = entries.at(-1)?.id;
      }
      return { entries: found, ...goingOn(next) };
    },
  };
}

const goingOn = (next: string | undefined) => (next === undefined ? {} : { next });
