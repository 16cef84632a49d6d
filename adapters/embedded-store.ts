/**
 * The store in a folder: LMDB, with nothing to install. Several processes of one machine may have the folder open
 * at once, the server and the command line say; compare-and-set holds among them, since LMDB has one write lock.
 */
import { CorruptRecord, StoreUnavailable } from '../provider/flows/ports.ts';
import * as keys from './embedded-keys.ts';
import { embeddedNotices } from './embedded-notices.ts';
import { openBesideOthers, othersOpening } from './embedded-opening.ts';
import {
  type Expiring,
  live,
  nameLongParts,
  openTables,
  parsed,
  removeExpired,
  replace,
  rowOf,
  SWEPT_AT_ONCE,
  type Table,
} from './embedded-tables.ts';
import { holdingsOf } from './embedded-walk.ts';
import { stepOf } from './embedded-writes.ts';
import { assertFreeSpace } from './free-space.ts';
import { readEntry } from './record.ts';
import type { Engine, Entry, Holding, Key, Store } from './store.ts';
import { newVersion } from './version.ts';

const SWEEP_EVERY_MS = 60_000;

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
      assertFreeSpace(folder);
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
          value: readEntry<T>(entry.value),
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

/** A failed commit carries its cause as a promise that rejects: left alone, it would end the process. */
async function causeOf(error: unknown): Promise<unknown> {
  if (typeof error !== 'object' || error === null || !('commitError' in error)) return error;
  return Promise.resolve(error.commitError).catch((cause: unknown) => cause);
}
