/** A client's metadata as an admin hands it over: a JSON file. */
import { createReadStream } from 'node:fs';
import { readJson } from '../../provider/core/json.ts';
import { type ClientDocument, clientDocument } from '../../provider/oidc/client-document.ts';
import { Problem } from './answer.ts';

const MAX_BYTES = 64 * 1024;
/** Reads a file, or standard input for `-`. Throws {@link Problem}. */
export async function clientFrom(file: string): Promise<Extract<ClientDocument, { ok: true }>> {
  const read = clientDocument(parsed(await limitedText(file)));
  if (!read.ok) throw new Problem('invalid-metadata', read.detail);
  return read;
}

const REASONS = {
  'no-json': 'the file is not valid JSON',
  'forbidden-name': 'no property may be called __proto__, constructor or prototype',
  'too-deep': 'the file nests too deeply',
  'no-text': 'the file holds control characters',
} as const;

function parsed(json: string): unknown {
  const read = readJson(json);
  if (!read.ok) throw new Problem('invalid-metadata', REASONS[read.because]);
  return read.value;
}

async function limitedText(file: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of file === '-' ? process.stdin : createReadStream(file)) {
      size += chunk.length;
      if (size > MAX_BYTES)
        throw new Problem('invalid-metadata', `the file is larger than ${MAX_BYTES / 1024} KiB`);
      chunks.push(Buffer.from(chunk));
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem('unreadable-file', `the file can't be read: ${(error as Error).message}`);
  }
}
