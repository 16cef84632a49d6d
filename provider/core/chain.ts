/**
 * A stream whose entries are chained by a keyed hash, so that whoever can write to the store but has no key can't change,
 * remove, insert or move an entry unseen. Values in, values out: the hash is handed in.
 */

/** What an entry carries beside what it says. */
export interface Link {
  /** One more with every entry of the stream, from 1. */
  readonly seq: number;
  /** The hash of the entry before, also when that has been dropped; empty for the first. */
  readonly previous: string;
  readonly keyId: string;
  readonly mac: string;
}

/** Where a chain stands: finds an end that was cut off, and a beginning that nobody was to drop. */
export interface Head {
  /** Of the newest entry. */
  readonly seq: number;
  readonly mac: string;
  /** Of the oldest entry that is kept. */
  readonly first: number;
  /** Of the entry with which the chain began anew because its head was damaged; said as long as that is kept. */
  readonly broken?: number;
  readonly keyId: string;
  readonly seal: string;
}

/** What the next entry follows on. */
export type Standing = Pick<Head, 'seq' | 'mac' | 'first' | 'broken'>;

/** Answers undefined for a key that nobody has any more. */
export type KeyOf = (keyId: string) => ChainKey | undefined;

export interface ChainKey {
  readonly keyId: string;
  /** In base64url, whole: of it as much is kept as {@link KEPT_MAC} says. */
  mac(text: string): string;
}

/** 132 bits of 256: half a hash is as much as a forger can be held to (RFC 2104 §5), and every line has two of them. */
const KEPT_MAC = 22;
const macOf = (key: ChainKey, text: string) => key.mac(text).slice(0, KEPT_MAC);

/** Whole ones are of before. */
function isMac(key: ChainKey, text: string, kept: unknown): boolean {
  const whole = key.mac(text);
  return kept === whole.slice(0, KEPT_MAC) || kept === whole;
}

export type Content = Readonly<Record<string, unknown>>;

/** What is wrong with one entry, or with a head. */
export type ChainFault = 'changed' | 'head-changed' | 'unchained' | 'unknown-key' | 'unreadable';

/** The same text whatever the order in which members were written. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** `place` names the stream: an entry can't be moved into another one. */
const entryText = (place: string, { seq, previous }: Pick<Link, 'seq' | 'previous'>, content: Content) =>
  canonical(['entry', place, seq, previous, content]);
const headText = (place: string, { seq, mac, first, broken }: Standing) =>
  canonical(['head', place, seq, mac, first, ...(broken === undefined ? [] : [broken])]);

/** What a chained entry says, without its link. */
export function unlinked<T>(value: T): T {
  if (typeof value !== 'object' || value === null || !('chain' in value)) return value;
  const { chain: _, ...content } = value;
  return content as T;
}

/** The contents as entries that follow on the head, and the head after them when the newest `keep` are kept. */
export function linked(
  place: string,
  before: Standing | undefined,
  contents: readonly Content[],
  { keep, key }: { readonly keep: number; readonly key: ChainKey },
): { readonly entries: readonly Content[]; readonly head: Head } {
  let { seq, mac } = before ?? { seq: 0, mac: '' };
  const entries = contents.map((content) => {
    const next = { seq: seq + 1, previous: mac };
    seq += 1;
    mac = macOf(key, entryText(place, next, content));
    return { ...content, chain: { ...next, keyId: key.keyId, mac } satisfies Link };
  });
  const first = Math.max(before?.first ?? 1, seq - keep + 1);
  const { broken } = before ?? {};
  // What came before the break has been dropped as agreed: nothing that was hidden by it would be there any more.
  const state = { seq, mac, first, ...(broken !== undefined && broken >= first && { broken }) };
  return { entries, head: { ...state, keyId: key.keyId, seal: macOf(key, headText(place, state)) } };
}

/** Only on such a head may a chain go on: the next one would vouch for whatever was written into it. */
export const isSealed = (place: string, head: Head, keyOf: KeyOf) =>
  sealFault(place, head, keyOf) === undefined;

/**
 * Where a chain begins anew whose head is damaged, after its newest entry if that can be trusted. Its verdict says so from
 * then on, for a damaged head may hide that entries were removed.
 */
export function begunAnew(place: string, newest: unknown, keyOf: KeyOf): Standing {
  const link = faultIn(place, newest, keyOf) ? undefined : linkOf(newest);
  const { seq, mac } = link ?? { seq: 0, mac: '' };
  return { seq, mac, first: seq + 1, broken: seq + 1 };
}

/** Whoever tampers may write anything: what is sealed by a key of ours was made by {@link linked}. */
export function sealFault(place: string, head: Partial<Head> | null, keyOf: KeyOf): ChainFault | undefined {
  if (typeof head?.keyId !== 'string') return 'head-changed';
  const key = keyOf(head.keyId);
  if (!key) return 'unknown-key';
  return isMac(key, headText(place, head as Head), head.seal) ? undefined : 'head-changed';
}

export function faultIn(place: string, entry: unknown, keyOf: KeyOf): ChainFault | undefined {
  if (entry === null) return 'unreadable';
  const link = linkOf(entry);
  if (!link) return 'unchained';
  const key = keyOf(link.keyId);
  if (!key) return 'unknown-key';
  const text = entryText(place, link, unlinked(entry as Content));
  return isMac(key, text, link.mac) ? undefined : 'changed';
}

/** Whoever tampers may write anything. */
export function linkOf(entry: unknown): Link | undefined {
  if (typeof entry !== 'object' || entry === null || !('chain' in entry)) return undefined;
  const { seq, previous, keyId, mac } = { ...(entry.chain as Partial<Link>) };
  const whole = Number.isSafeInteger(seq) && [previous, keyId, mac].every((text) => typeof text === 'string');
  return whole ? (entry.chain as Link) : undefined;
}
