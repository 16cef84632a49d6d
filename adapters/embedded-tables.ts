/** The tables of the embedded store: how a row is written and read, and the index by which the expired ones are found. */
import { mkdirSync } from 'node:fs';
import { type Database, open, type RootDatabase } from 'lmdb';
import { StoreUnavailable } from '../provider/flows/ports.ts';
import * as keys from './embedded-keys.ts';
import { readRecord } from './record.ts';
import type { Key } from './store.ts';

/** So few that the write lock is held for milliseconds only. */
export const SWEPT_AT_ONCE = 500;

/** Keys and values are made in `embedded-keys.ts` and here; lmdb's own encodings would limit what names may hold. */
export type Table = Database<string, Uint8Array>;

export interface Tables {
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

export interface Expiring {
  readonly expiresAt?: number;
}

/** Throws {@link StoreUnavailable}. */
export function openTables(folder: string): Tables {
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

/** For a walk over everything: see {@link Tables.names}. */
export function nameLongParts({ names }: Tables, key: Key): void {
  for (const { digest, text } of keys.longPartsOf(key)) names.putSync(digest, text);
}

export interface Row extends Expiring {
  readonly text: string;
}

export function rowOf(expiresAt: number | undefined, fields: object): Row {
  if (expiresAt === undefined) return { text: JSON.stringify(fields) };
  return { text: JSON.stringify({ ...fields, expiresAt }), expiresAt };
}

/** The only way in and out of a table with expiry: it keeps the index true. */
export function replace(
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

/** Answers how many were removed, at most {@link SWEPT_AT_ONCE}; the rest waits for the next transaction. */
export function removeExpired(tables: Tables, now: number): number {
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
export function parsed<T>(text: string | undefined, key: Key): T | undefined {
  return text === undefined ? undefined : readRecord<T>(text, key);
}

export function live<T extends Expiring>(found: T | undefined, now: number): T | undefined {
  return found && (found.expiresAt === undefined || found.expiresAt > now) ? found : undefined;
}
