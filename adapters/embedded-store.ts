/**
 * The store in a folder: LMDB, with nothing to install. Several processes of one machine may have the folder open
 * at once, the server and the command line say; compare-and-set holds among them, since LMDB has one write lock.
 */
import { mkdirSync } from 'node:fs';
import { type Database, open, type RootDatabase } from 'lmdb';
import { CorruptRecord, StoreUnavailable } from '../provider/flows/ports.ts';
import * as keys from './embedded-keys.ts';
import { embeddedNotices } from './embedded-notices.ts';
import { openBesideOthers, othersOpening } from './embedded-opening.ts';
import { holdingsOf } from './embedded-walk.ts';
import { readRecord } from './record.ts';
import type { Engine, Entry, Holding, Key, Store, Write } from './store.ts';
import { newVersion } from './version.ts';

const SWEEP_EVERY_MS = 60_000;
/** So few that the write lock is held for milliseconds only. */
const SWEPT_AT_ONCE = 500;

export interface EmbeddedStoreOptions {
  /** Made if missing, for the eyes of its owner alone. */
  readonly folder: string;
  readonly clock: { now(): number };
  /** Hears of faults of the background sweep; every other fault rejects its call. */
  readonly onError?: (error: Error) => void;
}

/** Throws {@link StoreUnavailable} when the folder can't be opened. */
export function openEmbeddedStore({ folder, clock, onError }: EmbeddedStoreOptions): Engine {
  const tables = openBesideOthers(folder, () => openTables(folder));
  const { environment, documents, members, streams } = tables;
  let closing: Promise<void> | undefined;

  async function engine<T>(work: () => T | Promise<T>): Promise<T> {
    if (closing) throw new StoreUnavailable('the embedded store is closed');
    try {
      return await work();
    } catch (error) {
      if (error instanceof CorruptRecord) throw error;
      throw new StoreUnavailable('the embedded store failed', { cause: await causeOf(error) });
    }
  }

  /** A child transaction, for only that is rolled back when `work` throws half way. */
  const transaction = <T>(work: () => T) =>
    engine(() => {
      const opening = othersOpening(folder);
      const write = () => environment.childTransaction(work);
      return opening ? opening.then(write) : write();
    });

  const read = <T>(at: Uint8Array, key: Key) => live(parsed<Entry<T>>(documents.get(at), key), clock.now());

  async function sweep(): Promise<void> {
    let swept: number;
    do swept = await transaction(() => removeExpired(tables, clock.now()));
    while (swept === SWEPT_AT_ONCE);
  }

  const sweeper = setInterval(() => {
    sweep().catch((error) => onError?.(error));
  }, SWEEP_EVERY_MS);
  sweeper.unref();

  /** In one read transaction, so that all tables are told as they were at its beginning. */
  async function* walk(): AsyncGenerator<Holding> {
    const transaction = await engine(() => environment.useReadTransaction());
    try {
      const rows = (table: Table) => table.getRange({ transaction });
      const textOf = (digest: Uint8Array) => tables.names.get(digest);
      yield* holdingsOf(
        { documents: rows(documents), members: rows(members), streams: rows(streams) },
        { textOf, now: clock.now() },
      );
    } finally {
      transaction.done();
    }
  }

  const documentsAndMore: Omit<Store, 'notify' | 'onNotice' | 'close'> = {
    async get<T>(key: Key) {
      const at = keys.keyOf(key);
      return engine(() => read<T>(at, key));
    },

    async getMany<T>(wanted: readonly Key[]) {
      const all = wanted.map(keys.keyOf);
      return engine(() => all.map((at, index) => read<T>(at, wanted[index] as Key)));
    },

    async commit(partition, writes) {
      const now = clock.now();
      const steps = writes.map((write) => stepOf(tables, partition, write));
      return transaction(() => {
        if (!steps.every(({ stands }) => stands(now))) return false;
        for (const { carryOut } of steps) carryOut();
        return true;
      });
    },

    async count(key, by, expiresAt) {
      const at = keys.keyOf(key);
      return transaction(() => {
        nameLongParts(tables, key);
        const found = read<number>(at, key);
        const value = (found?.value ?? 0) + by;
        replace(
          tables,
          'documents',
          at,
          rowOf(found ? found.expiresAt : expiresAt, { value, version: newVersion() }),
        );
        return value;
      });
    },

    async members(set, { after, limit = Number.POSITIVE_INFINITY } = {}) {
      const prefix = keys.keyOf(set);
      const start = after === undefined ? prefix : keys.cursorKey(set, after);
      const range = { start, exclusiveStart: after !== undefined, end: keys.endOf(prefix) };
      return engine(() => {
        const found: string[] = [];
        for (const { key, value } of members.getRange(range)) {
          if (found.length >= limit) break;
          if (live(parsed<Expiring>(value, set), clock.now())) found.push(keys.memberIn(key, prefix));
        }
        return found;
      });
    },

    async range<T>(stream: Key, { before, limit }: { before?: string; limit?: number } = {}) {
      if (before !== undefined && !/^\d{1,18}$/.test(before)) return [];
      const prefix = keys.keyOf(stream);
      const start = before === undefined ? keys.endOf(prefix) : keys.entryKey(stream, BigInt(before));
      const backwards = { start, exclusiveStart: true, end: prefix, reverse: true };
      return engine(() =>
        Array.from(streams.getRange(limit === undefined ? backwards : { ...backwards, limit }), (entry) => ({
          id: `${keys.sequenceIn(entry.key)}`,
          value: JSON.parse(entry.value) as T,
        })),
      );
    },

    async ping() {
      await engine(() => environment.getStats());
    },
  };

  const { stop, ...notices } = embeddedNotices(documentsAndMore, onError);

  return {
    ...documentsAndMore,
    ...notices,
    walk,
    close() {
      clearInterval(sweeper);
      stop();
      closing ??= environment.close();
      return closing;
    },
  };
}

/** Keys and values are made in `embedded-keys.ts` and here; lmdb's own encodings would limit what names may hold. */
type Table = Database<string, Uint8Array>;

interface Tables {
  readonly environment: RootDatabase;
  readonly documents: Table;
  readonly members: Table;
  readonly streams: Table;
  /** What expires when, by key alone. */
  readonly expiries: Table;
  /** The texts of which keys hold the digest alone. */
  readonly names: Table;
}

/** The tables whose rows expire. Their places here are written into the index: never reorder. */
const EXPIRING = ['documents', 'members'] as const;

interface Expiring {
  readonly expiresAt?: number;
}

function openTables(folder: string): Tables {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const environment = open({
      path: folder,
      noSubdir: false,
      // Flushed before it is acknowledged and before a reader sees it; measured, overlapping is no faster here.
      overlappingSync: false,
      // With it, lmdb leaves a rejected promise of its own unhandled when the disk is full, and Node ends the process.
      eventTurnBatching: false,
    });
    const table = (name: string) =>
      environment.openDB<string, Uint8Array>(name, { encoding: 'string', keyEncoding: 'binary' });
    return {
      environment,
      documents: table('documents'),
      members: table('members'),
      streams: table('streams'),
      expiries: table('expiries'),
      names: table('names'),
    };
  } catch (error) {
    throw new StoreUnavailable(`the folder ${folder} can't be opened`, { cause: error });
  }
}

/** A write made ready outside the transaction, so that whatever throws inside is the engine. */
interface Step {
  stands(now: number): boolean;
  carryOut(): void;
}

function stepOf(tables: Tables, partition: string, write: Write): Step {
  switch (write.kind) {
    case 'put':
    case 'remove':
      return documentStep(tables, { partition, name: write.name }, write);
    case 'add':
    case 'drop':
      return memberStep(tables, { partition, name: write.set }, write);
    case 'append':
      return appendStep(tables, { partition, name: write.stream }, write);
  }
}

function nameLongParts({ names }: Tables, key: Key): void {
  for (const { digest, text } of keys.longPartsOf(key)) names.putSync(digest, text);
}

type WriteOf<Kind extends Write['kind']> = Extract<Write, { kind: Kind }>;

function documentStep(tables: Tables, at: Key, write: WriteOf<'put' | 'remove'>): Step {
  const key = keys.keyOf(at);
  const { expect } = write;
  const row =
    write.kind === 'put'
      ? rowOf(write.expiresAt, { value: write.value ?? null, version: newVersion() })
      : undefined;
  return {
    stands(now) {
      if (!expect) return true;
      const found = live(parsed<Entry<unknown>>(tables.documents.get(key), at), now);
      return expect === 'absent' ? !found : found?.version === expect.version;
    },
    carryOut() {
      nameLongParts(tables, at);
      replace(tables, 'documents', key, row);
    },
  };
}

function memberStep(tables: Tables, set: Key, write: WriteOf<'add' | 'drop'>): Step {
  const key = keys.memberKey(set, write.member);
  const row = write.kind === 'add' ? rowOf(write.expiresAt, {}) : undefined;
  return {
    stands: () => true,
    carryOut() {
      nameLongParts(tables, set);
      replace(tables, 'members', key, row);
    },
  };
}

/** Sequence numbers run without a gap, so the entries to drop are found by theirs. */
function appendStep(tables: Tables, stream: Key, { value, keep }: WriteOf<'append'>): Step {
  const { streams } = tables;
  const prefix = keys.keyOf(stream);
  const text = JSON.stringify(value ?? null);
  return {
    stands: () => true,
    carryOut() {
      nameLongParts(tables, stream);
      const [newest] = streams.getKeys({ start: keys.endOf(prefix), end: prefix, reverse: true, limit: 1 });
      const sequence = newest ? keys.sequenceIn(newest) + 1n : 1n;
      streams.putSync(keys.entryKey(stream, sequence), text);
      const oldest = sequence - BigInt(keep) + 1n;
      if (oldest > 1n) removeAll(streams, prefix, keys.entryKey(stream, oldest));
    },
  };
}

function removeAll(table: Table, start: Uint8Array, end: Uint8Array): void {
  for (const key of Array.from(table.getKeys({ start, end }))) table.removeSync(key);
}

interface Row extends Expiring {
  readonly text: string;
}

function rowOf(expiresAt: number | undefined, fields: object): Row {
  if (expiresAt === undefined) return { text: JSON.stringify(fields) };
  return { text: JSON.stringify({ ...fields, expiresAt }), expiresAt };
}

/** The only way in and out of a table with expiry: it keeps the index true. */
function replace(
  tables: Tables,
  name: (typeof EXPIRING)[number],
  key: Uint8Array,
  row: Row | undefined,
): void {
  const { [name]: table, expiries } = tables;
  const place = EXPIRING.indexOf(name);
  const before = expiryIn(table.get(key));
  if (before !== undefined) expiries.removeSync(keys.expiryKey(before, place, key));
  if (row) table.putSync(key, row.text);
  else table.removeSync(key);
  if (row?.expiresAt !== undefined) expiries.putSync(keys.expiryKey(row.expiresAt, place, key), '');
}

/** What can't be read can still be replaced and removed. */
function expiryIn(text: string | undefined): number | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Expiring).expiresAt;
  } catch {
    return undefined;
  }
}

/** Answers how many were removed; the rest waits for the next transaction. */
function removeExpired(tables: Tables, now: number): number {
  const due = Array.from(tables.expiries.getKeys({ end: keys.endOfExpired(now), limit: SWEPT_AT_ONCE }));
  for (const index of due) {
    const { place, key } = keys.expiredIn(index);
    const name = EXPIRING[place];
    if (name) replace(tables, name, key, undefined);
    // Of a row that could not be read the index is still there.
    tables.expiries.removeSync(index);
  }
  return due.length;
}

/** Throws {@link CorruptRecord}. */
function parsed<T>(text: string | undefined, key: Key): T | undefined {
  return text === undefined ? undefined : readRecord<T>(text, key);
}

function live<T extends Expiring>(found: T | undefined, now: number): T | undefined {
  return found && (found.expiresAt === undefined || found.expiresAt > now) ? found : undefined;
}

/** A failed commit carries its cause as a promise that rejects: left alone, it would end the process. */
async function causeOf(error: unknown): Promise<unknown> {
  if (typeof error !== 'object' || error === null || !('commitError' in error)) return error;
  return Promise.resolve(error.commitError).catch((cause: unknown) => cause);
}
