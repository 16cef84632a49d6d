/** A client's metadata as an admin hands it over: a JSON file. */
import { createReadStream } from 'node:fs';
import { type ClientDocument, clientDocument } from '../../provider/oidc/client-document.ts';
import { Problem } from './answer.ts';

const MAX_BYTES = 64 * 1024;
/** Names that would reach an object's prototype where somebody assigns by name. */
const FORBIDDEN_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

/** Reads a file, or standard input for `-`. Throws {@link Problem}. */
export async function clientFrom(file: string): Promise<Extract<ClientDocument, { ok: true }>> {
  const read = clientDocument(parsed(await limitedText(file)));
  if (!read.ok) throw new Problem('invalid-metadata', read.detail);
  return read;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json, (key, value) => {
      if (FORBIDDEN_NAMES.has(key))
        throw new Problem('invalid-metadata', `a property must not be called ${key}`);
      return value;
    });
  } catch (error) {
    throw error instanceof Problem ? error : new Problem('invalid-metadata', 'the file is not valid JSON');
  }
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
