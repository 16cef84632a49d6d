/**
 * How documents and commits look in Redis. A document is the string `version|expiresAt|json`, of which a script compares
 * the beginning.
 */
import { readEntry, readRecord } from '../record.ts';
import { checkedMember, type Entry, type Key, type StreamEntry, streamOfTip, type Write } from '../store.ts';
import { newVersion } from '../version.ts';
import { documentKey, setKeys, streamKey } from './keys.ts';
import type { Call } from './scripts.ts';
import { inFull, shortened } from './shorthand.ts';
import { expected, tipCall } from './tips.ts';

export interface Document {
  readonly key: string;
  readonly text: string;
  /** After so long Redis may forget it. Whether it has expired is decided by the time in `text`. */
  readonly milliseconds?: number;
}

export type WriteOf<Kind extends Write['kind']> = Extract<Write, { kind: Kind }>;

export function documentOf(partition: string, write: WriteOf<'put'>, now: number): Document {
  const { name, value, expiresAt, version = newVersion() } = write;
  const key = documentKey({ partition, name });
  const text = `${version}|${expiresAt ?? ''}|${json(value, partition)}`;
  if (expiresAt === undefined) return { key, text };
  return { key, text, milliseconds: Math.max(1, Math.ceil(expiresAt - now)) };
}

/** Throws `CorruptRecord`. */
export function entryOf<T>(key: Key, text: string | null, now: number): Entry<T> | undefined {
  if (text === null) return undefined;
  const [version = '', expiry = ''] = text.split('|', 2);
  const expiresAt = expiry === '' ? undefined : Number(expiry);
  if (expiresAt !== undefined && expiresAt <= now) return undefined;
  const value = readRecord<T>(inFull(text.slice(version.length + expiry.length + 2), key.partition), key);
  return { value, version, ...(expiresAt !== undefined && { expiresAt }) };
}

/** An entry of a stream, with the number that is its place. */
export function placed<T>({ partition }: Key, text: string): StreamEntry<T> {
  const [id = ''] = text.split('|', 1);
  return { id, value: readEntry<T>(inFull(text.slice(id.length + 1), partition)) };
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
  return [expected({ partition, name: write.name }, version)];
}

function callOf(partition: string, write: Write, now: number): Call {
  switch (write.kind) {
    case 'put':
    case 'remove':
      return callOfDocument(partition, write, now);
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
      return {
        keys: [streamKey({ partition, name: stream })],
        args: ['append', json(value, partition), `${keep}`],
      };
    }
  }
}

function callOfDocument(partition: string, write: WriteOf<'put' | 'remove'>, now: number): Call {
  const at: Key = { partition, name: write.name };
  const document = write.kind === 'put' ? documentOf(partition, write, now) : undefined;
  const stream = streamOfTip(at);
  if (stream) return tipCall(stream, document?.text);
  if (!document) return { keys: [documentKey(at)], args: ['remove'] };
  const { key, text, milliseconds = '' } = document;
  return { keys: [key], args: ['put', text, `${milliseconds}`] };
}

function json(value: unknown, partition: string): string {
  return shortened(JSON.stringify(value ?? null), partition);
}
