/**
 * How the embedded store writes a name as the key of a B-tree: every part with its length before it, so that no two
 * names ever share a key and the members of a set or the entries of a stream lie side by side, in order.
 */
import { createHash } from 'node:crypto';
import { checkedMember, type Key } from './store.ts';

/** LMDB's keys end at 1978 bytes: two parts, a member and the nine bytes of the expiry index fit. */
const LONGEST_PART_BYTES = 500;
const LONGEST_CURSOR_BYTES = 900;
/** Stands in place of a length, and says that the digest of the part follows. */
const HASHED = 0xffff;
const DIGEST_BYTES = 32;
/** Greater than any byte of UTF-8 and than the first byte of any number here. */
const LAST = Buffer.from([0xff]);

export type Bytes = Buffer<ArrayBuffer>;

export function keyOf({ partition, name }: Key): Bytes {
  return Buffer.concat([part(partition), part(name)]);
}

export function memberKey(set: Key, member: string): Bytes {
  return Buffer.concat([keyOf(set), Buffer.from(checkedMember(member))]);
}

/** Where the members after `cursor` begin; no member is as long as a cursor from an address may be. */
export function cursorKey(set: Key, cursor: string): Bytes {
  return Buffer.concat([keyOf(set), Buffer.from(cursor).subarray(0, LONGEST_CURSOR_BYTES)]);
}

export function entryKey(stream: Key, sequence: bigint): Bytes {
  return Buffer.concat([keyOf(stream), bigEndian(sequence)]);
}

/** The end of all keys that begin with `prefix`. */
export function endOf(prefix: Uint8Array): Bytes {
  return Buffer.concat([prefix, LAST]);
}

export function memberIn(key: Uint8Array, prefix: Bytes): string {
  return Buffer.from(key).toString('utf8', prefix.length);
}

export function sequenceIn(key: Uint8Array): bigint {
  return Buffer.from(key).readBigUInt64BE(key.length - 8);
}

/** Texts that are too long for a key, which holds their digest instead. */
export function longPartsOf({ partition, name }: Key): readonly { digest: Bytes; text: string }[] {
  return [partition, name]
    .filter((text) => Buffer.byteLength(text) > LONGEST_PART_BYTES)
    .map((text) => ({ digest: digestOf(Buffer.from(text)), text }));
}

/** The way back from {@link keyOf}: the key, and what follows it. `textOf` knows the texts of {@link longPartsOf}. */
export function parsedKey(
  bytes: Uint8Array,
  textOf: (digest: Uint8Array) => string,
): Key & { readonly rest: Buffer } {
  const partition = partAt(Buffer.from(bytes), textOf);
  const name = partAt(partition.rest, textOf);
  return { partition: partition.text, name: name.text, rest: name.rest };
}

function partAt(bytes: Buffer, textOf: (digest: Uint8Array) => string) {
  const length = bytes.readUInt16BE(0);
  const end = 2 + (length === HASHED ? DIGEST_BYTES : length);
  const content = bytes.subarray(2, end);
  return {
    text: length === HASHED ? textOf(content) : content.toString(),
    rest: bytes.subarray(end),
  };
}

/** Sorts by time. */
export function expiryKey(expiresAt: number, place: number, key: Uint8Array): Bytes {
  return Buffer.concat([instant(expiresAt), Buffer.from([place]), key]);
}

/** The end of the keys of all that has expired by `now`. */
export function endOfExpired(now: number): Bytes {
  return endOf(instant(now));
}

export function expiredIn(key: Uint8Array): { place: number; key: Uint8Array } {
  return { place: key[8] ?? -1, key: key.subarray(9) };
}

function part(text: string): Bytes {
  const bytes = Buffer.from(text);
  return bytes.length > LONGEST_PART_BYTES
    ? Buffer.concat([length(HASHED), digestOf(bytes)])
    : Buffer.concat([length(bytes.length), bytes]);
}

function digestOf(bytes: Buffer): Bytes {
  return Buffer.from(createHash('sha256').update(bytes).digest());
}

function length(bytes: number): Bytes {
  const field = Buffer.alloc(2);
  field.writeUInt16BE(bytes);
  return field;
}

function instant(at: number): Bytes {
  return bigEndian(BigInt(Math.max(0, Math.ceil(at))));
}

function bigEndian(value: bigint): Bytes {
  const field = Buffer.alloc(8);
  field.writeBigUInt64BE(value);
  return field;
}
