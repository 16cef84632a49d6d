/**
 * How names, documents and commits look in Redis. All keys of a partition share a hash tag, so that a commit touches
 * one slot of a cluster. A document is the string `version|expiresAt|json`, of which a script compares the beginning.
 */
import { readEntry, readRecord } from '../record.ts';
import { checkedMember, type Entry, type Key, type StreamEntry, type Write } from '../store.ts';
import { newVersion } from '../version.ts';

/** What all keys begin with. */
export const ALL_KEYS = 'kapu*';

export function documentKey(key: Key): string {
  return `kapu:${tagged(key)}`;
}

export function streamKey(key: Key): string {
  return `kapu-list:${tagged(key)}`;
}

/** A set is two sorted sets: the members, and when they expire. */
export function setKeys(key: Key): readonly [members: string, expiries: string] {
  return [`kapu-set:${tagged(key)}`, `kapu-set-expiries:${tagged(key)}`];
}

/** The way back. Undefined for what is not ours, and for the expiries of a set, which belong to its members. */
export function parsedKey(
  text: string,
): (Key & { readonly kind: 'document' | 'set' | 'stream' }) | undefined {
  const [, kind = '', tag, name = ''] = /^kapu(|-set|-list):\{([^}]*)\}:(.*)$/s.exec(text) ?? [];
  if (tag === undefined) return undefined;
  const partition = tag === '%' ? '' : tag.replace(/%(25|7b|7d)/g, (escaped) => decodeURIComponent(escaped));
  return { kind: kind === '' ? 'document' : kind === '-set' ? 'set' : 'stream', partition, name };
}

/** A brace in a partition would end the hash tag, and an empty one would be none: both are written otherwise. */
function tagged({ partition, name }: Key): string {
  const tag = partition.replace(/[%{}]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
  return `{${tag === '' ? '%' : tag}}:${name}`;
}

export interface Document {
  readonly key: string;
  readonly text: string;
  /** After so long Redis may forget it. Whether it has expired is decided by the time in `text`. */
  readonly milliseconds?: number;
}

export type WriteOf<Kind extends Write['kind']> = Extract<Write, { kind: Kind }>;

export function documentOf(partition: string, write: WriteOf<'put'>, now: number): Document {
  const { name, value, expiresAt } = write;
  const version = newVersion();
  const key = documentKey({ partition, name });
  const text = `${version}|${expiresAt ?? ''}|${json(value)}`;
  if (expiresAt === undefined) return { key, text };
  return { key, text, milliseconds: Math.max(1, Math.ceil(expiresAt - now)) };
}

/** Throws `CorruptRecord`. */
export function entryOf<T>(key: Key, text: string | null, now: number): Entry<T> | undefined {
  if (text === null) return undefined;
  const [version = '', expiry = ''] = text.split('|', 2);
  const expiresAt = expiry === '' ? undefined : Number(expiry);
  if (expiresAt !== undefined && expiresAt <= now) return undefined;
  const value = readRecord<T>(text.slice(version.length + expiry.length + 2), key);
  return { value, version, ...(expiresAt !== undefined && { expiresAt }) };
}

/** An entry of a stream, with the number that is its place. */
export function placed<T>(text: string): StreamEntry<T> {
  const [id = ''] = text.split('|', 1);
  return { id, value: readEntry<T>(text.slice(id.length + 1)) };
}

/** Keys and arguments for a script. */
export interface Call {
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

/** For the script `COMMIT`, in the order in which it reads them. */
export function commitOf(partition: string, writes: readonly Write[], now: number): Call {
  const expectations = writes.flatMap((write) => expectationOf(partition, write));
  const calls = writes.map((write) => callOf(partition, write, now));
  return {
    keys: [...expectations.map(({ key }) => key), ...calls.flatMap(({ keys }) => keys)],
    args: [
      `${now}`,
      `${expectations.length}`,
      ...expectations.map(({ version }) => version),
      ...calls.flatMap(({ args }) => args),
    ],
  };
}

function expectationOf(partition: string, write: Write): { key: string; version: string }[] {
  if (!('expect' in write) || !write.expect) return [];
  const version = write.expect === 'absent' ? '' : write.expect.version;
  return [{ key: documentKey({ partition, name: write.name }), version }];
}

function callOf(partition: string, write: Write, now: number): Call {
  switch (write.kind) {
    case 'put': {
      const { key, text, milliseconds = '' } = documentOf(partition, write, now);
      return { keys: [key], args: ['put', text, `${milliseconds}`] };
    }
    case 'remove':
      return { keys: [documentKey({ partition, name: write.name })], args: ['remove'] };
    case 'add': {
      const { set, member, expiresAt = '' } = write;
      return {
        keys: setKeys({ partition, name: set }),
        args: ['add', checkedMember(member), `${expiresAt}`],
      };
    }
    case 'drop': {
      const { set, member } = write;
      return { keys: setKeys({ partition, name: set }), args: ['drop', checkedMember(member)] };
    }
    case 'append': {
      const { stream, value, keep } = write;
      return { keys: [streamKey({ partition, name: stream })], args: ['append', json(value), `${keep}`] };
    }
  }
}

function json(value: unknown): string {
  return JSON.stringify(value ?? null);
}
