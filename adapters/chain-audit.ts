/** All chained streams of a store: found, verified, told, and relieved of what is too old. */
import { type Content, type Head, type Link, unlinked } from '../provider/core/chain.ts';
import { type Verdict, verified } from '../provider/core/chain-verdict.ts';
import { UNREADABLE } from '../provider/core/unreadable.ts';
import { withLinks } from './chain.ts';
import { type ChainKeys, placeOf, readHead } from './chain-head.ts';
import { type Engine, type Entry, type Key, type Store, streamOfTip, tipOf, type Write } from './store.ts';

/** A stream that is written to while it is read is read again. */
const MAX_READS = 20;

/** Every stream that has entries or a head: one whose entries are all gone, too. Constant memory. */
export async function* streamsOf(engine: Engine): AsyncGenerator<Key> {
  for await (const { partition, writes } of engine.walk()) {
    const [first] = writes;
    if (first?.kind === 'put') {
      const stream = streamOfTip({ partition, name: first.name });
      if (stream) yield stream;
    }
    if (first?.kind === 'append') {
      const stream = { partition, name: first.stream };
      // Where there is a head, that is what names the stream.
      if (!(await engine.get(tipOf(stream)))) yield stream;
    }
  }
}

interface Read {
  readonly head: Entry<Head> | undefined;
  /** Oldest first, null in place of one that can't be read. */
  readonly entries: readonly unknown[];
}

/** Entries and head as they belong together. */
async function readWhole(store: Store, stream: Key): Promise<Read> {
  for (let reads = 0; reads < MAX_READS; reads += 1) {
    const head = await readHead(store, stream);
    const entries = await store.range(stream);
    const after = await readHead(store, stream);
    if (head?.version === after?.version)
      return { head, entries: entries.map(({ value }) => value).reverse() };
  }
  throw new Error(`${stream.partition} is written to without a pause`);
}

export async function verifiedStream(store: Store, stream: Key, keys: ChainKeys): Promise<Verdict> {
  const { head, entries } = await readWhole(store, stream);
  return verified(placeOf(stream), entries, head?.value, keys.find);
}

/** What a stream tells, oldest first, each with its place in the chain. */
export async function* entriesOf(store: Store, stream: Key) {
  const { entries } = await readWhole(store, stream);
  for (const entry of entries) {
    const { chain, ...content } = (entry ?? UNREADABLE) as Content & { readonly chain?: Link };
    yield { ...(chain && { seq: chain.seq }), content };
  }
}

/**
 * Takes entries out of a stream that verifies: those that are kept follow once more, under new links of the newest key, in
 * the commit that drops all before them; the newest entry always stays. So an older key is needed by none of them any more.
 * Answers how many went. A stream with findings is evidence and left alone; so is one that somebody wrote to meanwhile.
 */
export async function thinned(
  store: Store,
  stream: Key,
  keys: ChainKeys,
  isKept: (content: Content) => boolean,
): Promise<number | 'findings' | 'in-use'> {
  const { head, entries } = await readWhole(store, stream);
  if (entries.includes(null)) return 'findings';
  const contents = entries.map((entry) => unlinked(entry as Content));
  const kept = contents.filter((content, index) => index === contents.length - 1 || isKept(content));
  const isCurrent = entries.every(
    (entry) => keyIdIn(entry) === undefined || keyIdIn(entry) === keys.newest.keyId,
  );
  if (kept.length === contents.length && isCurrent) return 0;
  const { findings } = verified(placeOf(stream), entries, head?.value, keys.find);
  if (findings.length > 0) return 'findings';
  const keep = kept.length;
  const writes = kept.map((value): Write => ({ kind: 'append', stream: stream.name, value, keep }));
  const done = await store.commit(stream.partition, withLinks(stream.partition, writes, head, keys.newest));
  return done ? contents.length - keep : 'in-use';
}

const keyIdIn = (entry: unknown) => (entry as { readonly chain?: Link }).chain?.keyId;
