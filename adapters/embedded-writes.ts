/** Writes of the embedded store, each made ready outside the transaction in which it is carried out. */
import * as keys from './embedded-keys.ts';
import { live, nameLongParts, parsed, replace, rowOf, type Table, type Tables } from './embedded-tables.ts';
import type { Entry, Key, Write } from './store.ts';
import { newVersion } from './version.ts';

/** Whatever throws inside the transaction is the engine: everything of the write's own was done before. */
export interface Step {
  stands(now: number): boolean;
  carryOut(): void;
}

export function stepOf(tables: Tables, partition: string, write: Write): Step {
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

type WriteOf<Kind extends Write['kind']> = Extract<Write, { kind: Kind }>;

function documentStep(tables: Tables, at: Key, write: WriteOf<'put' | 'remove'>): Step {
  const key = keys.keyOf(at);
  const { expect } = write;
  const row =
    write.kind === 'put'
      ? rowOf(write.expiresAt, { value: write.value ?? null, version: write.version ?? newVersion() })
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
