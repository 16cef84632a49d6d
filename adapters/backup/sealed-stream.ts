/**
 * Bytes of any length under AES-256-GCM, in chunks, so that neither side holds more than one: a header that says which
 * key, then the chunks. Each nonce is the number of its chunk and whether it is the last (the STREAM construction of
 * Hoang, Reyhanitabar, Rogaway and Vizár), so none can be left out, moved or cut off unnoticed; the key is derived
 * anew for each stream, so no nonce comes twice.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { keyIdOf } from '../secret-box.ts';

const FORMAT = Buffer.from('kapu-backup/1\n');
const KEY_ID_BYTES = 8;
const SALT_BYTES = 32;
const HEADER_BYTES = FORMAT.length + KEY_ID_BYTES + SALT_BYTES;
const CHUNK_BYTES = 64 * 1024;
const TAG = { authTagLength: 16 } as const;
const NONCE_BYTES = 12;

type Bytes = AsyncIterable<Uint8Array>;

/** It is not what was sealed: of another format, under another key, damaged or cut off. */
export class NotOpened extends Error {
  override readonly name = 'NotOpened';
}

/** `key` has 32 bytes. */
export function sealing(key: Uint8Array) {
  return async function* sealed(plain: Bytes): AsyncGenerator<Buffer> {
    const salt = randomBytes(SALT_BYTES);
    const header = Buffer.concat([FORMAT, Buffer.from(keyIdOf(key)), salt]);
    const streamKey = derived(key, salt);
    yield header;
    for await (const { chunk, number, isLast } of cut(plain, CHUNK_BYTES, CHUNK_BYTES)) {
      const cipher = createCipheriv('aes-256-gcm', streamKey, nonceOf(number, isLast), TAG);
      cipher.setAAD(header);
      yield Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
    }
  };
}

/** Hands on only what is authentic; throws {@link NotOpened}. `keys` are those that may have sealed it. */
export function opening(keys: readonly Uint8Array[]) {
  return async function* opened(sealed: Bytes): AsyncGenerator<Buffer> {
    let header: Buffer | undefined;
    let streamKey: Uint8Array = Buffer.alloc(0);
    for await (const { chunk, number, isLast } of cut(
      sealed,
      HEADER_BYTES,
      CHUNK_BYTES + TAG.authTagLength,
    )) {
      if (header) {
        yield open(chunk, { streamKey, header, nonce: nonceOf(number - 1, isLast) });
        continue;
      }
      if (!chunk.subarray(0, FORMAT.length).equals(FORMAT)) throw new NotOpened('it is no backup of Kapu');
      if (isLast) throw new NotOpened('it is cut off');
      header = chunk;
      streamKey = derived(keyFor(header, keys), header.subarray(-SALT_BYTES));
    }
  };
}

interface Opener {
  readonly streamKey: Uint8Array;
  readonly header: Buffer;
  readonly nonce: Buffer;
}

function open(chunk: Buffer, { streamKey, header, nonce }: Opener): Buffer {
  try {
    const end = chunk.length - TAG.authTagLength;
    const decipher = createDecipheriv('aes-256-gcm', streamKey, nonce, TAG);
    decipher.setAAD(header);
    decipher.setAuthTag(chunk.subarray(end));
    return Buffer.concat([decipher.update(chunk.subarray(0, end)), decipher.final()]);
  } catch {
    throw new NotOpened('it is damaged or cut off');
  }
}

function keyFor(header: Buffer, keys: readonly Uint8Array[]): Uint8Array {
  const keyId = header.subarray(FORMAT.length, FORMAT.length + KEY_ID_BYTES).toString();
  const key = keys.find((one) => keyIdOf(one) === keyId);
  if (!key) throw new NotOpened(`it was sealed with the key ${keyId}, which is not among those given`);
  return key;
}

function derived(key: Uint8Array, salt: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, 'kapu backup', 32));
}

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32BE(number, NONCE_BYTES - 5);
  nonce.writeUInt8(isLast ? 1 : 0, NONCE_BYTES - 1);
  return nonce;
}

/** Chunks of `size`, the first of `first` and the last of what is left: there is always a last one, if empty. */
async function* cut(bytes: Bytes, first: number, size: number) {
  let held = Buffer.alloc(0);
  let number = 0;
  let length = first;
  for await (const more of bytes) {
    held = Buffer.concat([held, more]);
    while (held.length > length) {
      yield { chunk: held.subarray(0, length), number, isLast: false };
      held = held.subarray(length);
      number += 1;
      length = size;
    }
  }
  yield { chunk: held, number, isLast: true };
}
