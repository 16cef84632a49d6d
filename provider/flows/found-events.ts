/** What of an account's history somebody asks for, newest first, a page at a time. */
import type { RecordedEvent } from '../core/event.ts';
import { type HistoryFilter, matches } from '../core/history-filter.ts';
import type { History } from './ports.ts';

const READ_AT_ONCE = 200;

/** `limit` at most, older than the event with the cursor `before`. A history holds a thousand: it is read to its end. */
export async function foundEvents(
  history: History,
  accountId: string,
  filter: HistoryFilter,
  { limit, before }: { readonly limit: number; readonly before?: string | undefined },
): Promise<RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  for (let from = before; ; ) {
    const events = await history.of(accountId, READ_AT_ONCE, from);
    found.push(...events.filter((event) => matches(filter, { ...event })));
    from = events.at(-1)?.cursor;
    if (found.length >= limit || events.length < READ_AT_ONCE) return found.slice(0, limit);
  }
}
