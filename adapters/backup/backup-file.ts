/** A store in a file: a line of JSON for each commit that makes it anew, compressed, sealed. */
import { createReadStream, createWriteStream } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { Holding } from '../store.ts';
import { opening, sealing } from './sealed-stream.ts';
import { added, type Counts, nothing } from './transfer.ts';

/** Text handed on at once. */
const BATCH_CHARACTERS = 64 * 1024;

/**
 * Writes beside the file and gives it its name when all is on the disk, so an interrupted backup is never taken for
 * one. The file is for its owner alone. Rejects with `EEXIST` when there is one of this name.
 */
export async function writeBackup(
  file: string,
  holdings: AsyncIterable<Holding>,
  key: Uint8Array,
): Promise<Counts> {
  const counts = nothing();
  const partly = `${file}.partly`;
  const target = createWriteStream(partly, { mode: 0o600, flush: true });
  try {
    await pipeline(Readable.from(lines(holdings, counts)), createGzip(), sealing(key), target);
    await link(partly, file);
    return counts;
  } finally {
    // One that is just being opened would come into being after it was removed.
    if (!target.closed) await new Promise<void>((resolve) => target.once('close', () => resolve()));
    await rm(partly, { force: true });
    await flushed(dirname(file));
  }
}

/** Reads the whole file and answers what is in it. Throws `NotOpened`. */
export async function verifyBackup(file: string, keys: readonly Uint8Array[]): Promise<Counts> {
  const counts = nothing();
  for await (const holding of readBackup(file, keys)) added(counts, holding);
  return counts;
}

/** What is read is authentic, but whether it is whole shows at the end: {@link verifyBackup} first. */
export async function* readBackup(file: string, keys: readonly Uint8Array[]): AsyncGenerator<Holding> {
  const source = createReadStream(file);
  const plain = createGunzip();
  const reading = pipeline(source, opening(keys), plain);
  reading.catch(() => undefined);
  try {
    for await (const line of linesOf(plain)) yield JSON.parse(line) as Holding;
    await reading;
  } finally {
    source.destroy();
    plain.destroy();
  }
}

async function* lines(holdings: AsyncIterable<Holding>, counts: Counts): AsyncGenerator<string> {
  let batch = '';
  for await (const holding of holdings) {
    added(counts, holding);
    batch += `${JSON.stringify(holding)}\n`;
    if (batch.length < BATCH_CHARACTERS) continue;
    yield batch;
    batch = '';
  }
  yield batch;
}

/** Between line breaks, which JSON has none of. */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of bytes) {
    const parts = (text + decoder.decode(chunk, { stream: true })).split('\n');
    text = parts.pop() ?? '';
    yield* parts;
  }
}

/** A new name is on the disk when its folder is. */
async function flushed(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
