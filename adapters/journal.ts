/**
 * The journal: what staff, programs and the command line did with what is somebody else's, in one place. The truth stays in
 * the histories of accounts and the versions of clients; this is what one looks through without knowing whose to open.
 */
import type { ClientVersion } from '../provider/core/client-record.ts';
import type { AccountEvent } from '../provider/core/event.ts';
import { matches } from '../provider/core/history-filter.ts';
import type { JournalEntry } from '../provider/core/journal.ts';
import type { Journal } from '../provider/flows/ports.ts';
import { chained } from './chain.ts';
import type { Alarm, ChainKeys } from './chain-head.ts';
import { CLIENT_STREAM } from './clients.ts';
import type { Key, Store, Write } from './store.ts';
import type { Updatable } from './update.ts';

const JOURNAL: Key = { partition: 'journal', name: 'acts' };
/** Years of a country's desks. */
const KEPT = 100_000;
const READ_AT_ONCE = 200;
/** Who looks for what is rare goes on by the next page, and holds nobody up meanwhile. */
const MOST_LOOKED_AT = 2_000;

/** The same store, all its streams chained, with a journal of what is done to accounts and clients. */
export function withHistories<S extends Updatable>(store: S, keys: ChainKeys, alarm: Alarm): S {
  const kept = chained(store, keys, alarm);
  return {
    ...kept,
    async commit(partition: string, writes: readonly Write[]) {
      const done = await kept.commit(partition, writes);
      const entries = done ? writes.flatMap((write) => entryOf(partition, write) ?? []) : [];
      // After what it tells of: a crash in between leaves an act that stands in its own history alone.
      if (entries.length > 0) await kept.commit(JOURNAL.partition, entries.map(told));
      return done;
    },
  };
}

const told = (value: JournalEntry): Write => ({
  kind: 'append',
  stream: JOURNAL.name,
  value,
  keep: KEPT,
});

function entryOf(partition: string, write: Write): JournalEntry | undefined {
  if (write.kind !== 'append') return undefined;
  const [kind, id = ''] = partition.split(/:(.*)/s);
  if (kind === 'account') return ofAccount(id, write.value as AccountEvent);
  return kind === 'client' && write.stream === CLIENT_STREAM
    ? ofClient(id, write.value as ClientVersion)
    : undefined;
}

function ofAccount(accountId: string, event: AccountEvent): JournalEntry | undefined {
  const { kind, at, by, why, because, role, address } = event;
  // What staff tried; anybody else could fill it with tries until nothing else was left.
  if (!by && !(kind === 'access-refused' && role)) return undefined;
  // A town that is carried over would leave room for nothing else.
  if (kind === 'account-created' && by?.kind === 'command-line') return undefined;
  return {
    kind,
    at,
    accountId,
    by: by ?? { kind: 'account', id: accountId, name: '' },
    ...(why !== undefined && { why }),
    ...(because !== undefined && { because }),
    ...(role !== undefined && { role }),
    ...(address !== undefined && { address }),
  };
}

function ofClient(clientId: string, version: ClientVersion): JournalEntry | undefined {
  const { act, at, by, why, revision, was, is } = version;
  // Anybody has test clients, and may change theirs all day long.
  if (is.test && (was?.test ?? true)) return undefined;
  return { kind: act, at, clientId, by, revision, ...(why !== undefined && { why }) };
}

export function storedJournal(store: Pick<Store, 'range' | 'commit'>): Journal {
  function read(before: string | undefined) {
    const page = { limit: READ_AT_ONCE, ...(before !== undefined && { before }) };
    return store.range<JournalEntry>(JOURNAL, page);
  }

  return {
    async append(entry) {
      await store.commit(JOURNAL.partition, [told(entry)]);
    },

    async find(filter, { limit, before }) {
      const found: JournalEntry[] = [];
      let next = before;
      for (let looked = 0; looked < MOST_LOOKED_AT; looked += READ_AT_ONCE) {
        const entries = await read(next);
        const wanted = entries.filter(({ value }) => matches(filter, { ...value }));
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
