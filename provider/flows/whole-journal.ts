/** All that the journal holds of what somebody asks for, however much that is: read a page at a time, as it is taken. */
import type { HistoryFilter } from '../core/history-filter.ts';
import type { JournalEntry } from '../core/journal.ts';
import type { Unreadable } from '../core/unreadable.ts';
import type { Journal } from './ports.ts';

const READ_AT_ONCE = 200;

export async function* wholeJournal(
  journal: Journal,
  filter: HistoryFilter,
): AsyncGenerator<JournalEntry | Unreadable> {
  let before: string | undefined;
  do {
    const page = { limit: READ_AT_ONCE, ...(before !== undefined && { before }) };
    const { entries, next } = await journal.find(filter, page);
    yield* entries;
    before = next;
  } while (before !== undefined);
}
