/**
 * Tips of streams, which lie in the list of their stream, after its entries. Before, a tip had a key of its own: one that
 * still has is read there, until it is written again.
 */
import { type Key, streamOfTip, tipOf } from '../store.ts';
import type { Redis } from './client.ts';
import { documentKey, streamKey } from './keys.ts';
import type { Call } from './scripts.ts';

/** What a tip begins with, where entries begin with their number. */
const MARK = '#';
/** What is put before the version of a tip that has a key of its own. */
const ALONE = '~';

/** The last element of a list, if it is a tip: as a document is written. */
export function tipIn(last: string | null | undefined): string | undefined {
  return last?.startsWith(MARK) ? last.slice(MARK.length) : undefined;
}

/** As a document is written. */
export async function tipAt(redis: Redis, stream: Key): Promise<string | null> {
  const tip = tipIn(await redis.lIndex(streamKey(stream), -1));
  if (tip !== undefined) return tip;
  const alone = await redis.get(documentKey(tipOf(stream)));
  return alone === null ? null : ALONE + alone;
}

/** Where a script compares the version of a document, and with what. */
export function expected(key: Key, version: string): { readonly key: string; readonly version: string } {
  const stream = streamOfTip(key);
  if (!stream) return { key: documentKey(key), version };
  return version.startsWith(ALONE)
    ? { key: documentKey(key), version: version.slice(ALONE.length) }
    : { key: streamKey(stream), version };
}

/** Puts the tip of a stream; none removes it. One that has a key of its own goes. */
export function tipCall(stream: Key, text: string | undefined): Call {
  return {
    keys: [streamKey(stream), documentKey(tipOf(stream))],
    args: ['tip', text === undefined ? '' : MARK + text],
  };
}
