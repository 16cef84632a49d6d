/** What the embedded store holds, told row by row. */
import { StoreUnavailable } from '../provider/flows/ports.ts';
import { parsedKey } from './embedded-keys.ts';
import { NOTICES } from './embedded-notices.ts';
import { heldDocument, heldMembers, heldStream } from './holding.ts';
import { readEntry } from './record.ts';
import type { Holding, Key } from './store.ts';

interface Row {
  readonly key: Uint8Array;
  readonly value: string;
}

/** Of each table all rows, in the order of their keys. */
export interface Rows {
  readonly documents: Iterable<Row>;
  readonly members: Iterable<Row>;
  readonly streams: Iterable<Row>;
}

export interface WalkOptions {
  /** The text of which a key holds the digest alone. */
  readonly textOf: (digest: Uint8Array) => string | undefined;
  readonly now: number;
}

/** What a row of a table with expiry says beside its key. */
interface Told {
  readonly value?: unknown;
  readonly expiresAt?: number;
}

export function* holdingsOf(rows: Rows, { textOf, now }: WalkOptions): Generator<Holding> {
  const named = ({ key }: Row) => parsedKey(key, (digest) => known(textOf(digest)));

  for (const row of rows.documents) {
    const { value, expiresAt }: Told = JSON.parse(row.value);
    if (!isOver(expiresAt, now)) yield heldDocument(named(row), value, expiresAt);
  }
  for (const row of rows.members) {
    const { expiresAt }: Told = JSON.parse(row.value);
    const { rest, ...set } = named(row);
    if (!isOver(expiresAt, now)) yield heldMembers(set, [{ member: rest.toString(), expiresAt }]);
  }
  yield* wholeStreams(rows.streams, named);
}

/** The entries of a stream lie side by side. */
function* wholeStreams(rows: Iterable<Row>, named: (row: Row) => Key): Generator<Holding> {
  let key: Key | undefined;
  let values: unknown[] = [];
  for (const row of rows) {
    const { partition, name } = named(row);
    // Who listens has heard them; nobody else is to.
    if (partition === NOTICES.partition) continue;
    if (key && (key.partition !== partition || key.name !== name)) {
      yield heldStream(key, values);
      values = [];
    }
    key = { partition, name };
    values.push(readEntry(row.value));
  }
  if (key) yield heldStream(key, values);
}

const isOver = (expiresAt: number | undefined, now: number) => expiresAt !== undefined && expiresAt <= now;

function known(text: string | undefined): string {
  if (text === undefined)
    throw new StoreUnavailable('the embedded store holds a long name that it does not know');
  return text;
}
