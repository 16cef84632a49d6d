/**
 * Where histories are written: every stream is chained, and what staff, programs and the command line did with what is
 * somebody else's is told to the journal as well. No caller can forget either.
 */
import type { ClientVersion } from '../provider/core/client-record.ts';
import type { AccountEvent } from '../provider/core/event.ts';
import type { JournalEntry } from '../provider/core/journal.ts';
import { chained } from './chain.ts';
import type { Alarm, ChainKeys } from './chain-head.ts';
import { CLIENT_STREAM } from './clients.ts';
import { JOURNAL, journalled } from './journal.ts';
import type { Write } from './store.ts';
import type { Updatable } from './update.ts';

/** The same store, all its streams chained, with a journal of what is done to accounts and clients. */
export function withHistories<S extends Updatable>(store: S, keys: ChainKeys, alarm: Alarm): S {
  const kept = chained(store, keys, alarm);

  /** After what it tells of: a crash in between leaves an act that stands in its own history alone. */
  async function tell(entries: readonly JournalEntry[]): Promise<true> {
    await kept.commit(JOURNAL.partition, entries.map(journalled));
    return true;
  }

  return {
    ...kept,
    commit(partition: string, writes: readonly Write[]) {
      const entries = writes.flatMap((write) => entryOf(partition, write) ?? []);
      const writing = kept.commit(partition, writes);
      return entries.length > 0 ? writing.then((done) => done && tell(entries)) : writing;
    },
  };
}

function entryOf(partition: string, write: Write): JournalEntry | undefined {
  if (write.kind !== 'append') return undefined;
  const [kind, id = ''] = partition.split(/:(.*)/s);
  if (kind === 'account') return ofAccount(id, write.value as AccountEvent);
  return kind === 'client' && write.stream === CLIENT_STREAM
    ? ofClient(id, write.value as ClientVersion)
    : undefined;
}

function ofAccount(accountId: string, event: AccountEvent): JournalEntry | undefined {
  const { at, by, why, because, role, address } = event;
  const kind = journalKind(event);
  if (!kind) return undefined;
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

/** Undefined for what the journal does not tell. */
function journalKind({ kind, by, role }: AccountEvent): JournalEntry['kind'] | undefined {
  // What staff tried; anybody else could fill it with tries until nothing else was left.
  if (!by) return kind === 'access-refused' && role ? kind : undefined;
  // A town that is carried over would leave room for nothing else.
  return kind === 'account-created' && by.kind === 'command-line' ? undefined : kind;
}

function ofClient(clientId: string, version: ClientVersion): JournalEntry | undefined {
  const { act, at, by, why, revision, was, is } = version;
  // Anybody has test clients, and may change theirs all day long.
  if (is.test && (was?.test ?? true)) return undefined;
  return { kind: act, at, clientId, by, revision, ...(why !== undefined && { why }) };
}
