/** Streams that are chained: the one place that appends to them, whoever else has writes in the same commit. */
import { createHmac, hkdfSync } from 'node:crypto';
import { type ChainKey, type Content, linked, type Standing, unlinked } from '../provider/core/chain.ts';
import { isTold } from '../provider/core/unreadable.ts';
import { CorruptRecord } from '../provider/flows/ports.ts';
import { type Alarm, type ChainKeys, chainHeads, placeOf } from './chain-head.ts';
import { nameOf } from './record.ts';
import { keyIdOf } from './secret-box.ts';
import { type Entry, type Key, type Store, tipOf, type Write } from './store.ts';
import { breathe, MAX_TRIES, type Updatable } from './update.ts';

/** `secretKeys` are 32 bytes each, newest first. */
export function chainKeys(secretKeys: readonly Uint8Array[]): ChainKeys {
  const ring = secretKeys.map(chainKey);
  const [newest] = ring;
  if (!newest) throw new Error('a chain needs a key');
  return { newest, find: (keyId) => ring.find((key) => key.keyId === keyId) };
}

function chainKey(secret: Uint8Array): ChainKey {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'kapu history chain', 32));
  return {
    keyId: keyIdOf(secret),
    mac: (text) => createHmac('sha256', key).update(text).digest('base64url'),
  };
}

/** Damaged entries that are known to have been told of. */
const MOST_REMEMBERED = 1_000;

type Append = Extract<Write, { kind: 'append' }>;
const isAppend = (write: Write): write is Append => write.kind === 'append';

/** The same store, with every stream chained as it is written, and read without its links. One stream a commit. */
export function chained<S extends Updatable>(store: S, keys: ChainKeys, alarm: Alarm): S {
  const heads = chainHeads(store, keys, alarm);
  const unreadable = toldOnce(alarm);
  /** `writes` append to `stream`. */
  async function commitLinked(stream: Key, writes: readonly Write[]): Promise<boolean> {
    const { partition } = stream;
    let head = await heads.first(stream);
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      if (await store.commit(partition, withLinks(partition, writes, head, keys.newest))) return true;
      const now = await heads.now(stream);
      // Nobody else appended, so it is what the caller expects that no longer stands.
      if (now?.version === head?.version || !(await stillStands(store, partition, writes))) return false;
      head = now;
      await breathe(tries);
    }
    throw new Error(`compare-and-set gave up on the chain of ${partition}`);
  }

  return {
    ...store,

    commit(partition: string, writes: readonly Write[]) {
      const append = writes.find(isAppend);
      return append
        ? commitLinked({ partition, name: append.stream }, writes)
        : store.commit(partition, writes);
    },

    async range<T>(stream: Key, page?: { before?: string; limit?: number }) {
      const entries = await store.range<T>(stream, page);
      return entries.map(({ id, value }) => {
        if (isTold(value)) return { id, value: unlinked(value) };
        unreadable(stream, id);
        return { id, value: null };
      });
    },
  };
}

/** An entry that can't be read is met by every page that shows its place: the log hears of it the first time. */
function toldOnce(alarm: Alarm) {
  const told = new Set<string>();
  return (stream: Key, id: string): void => {
    const where = `${nameOf(stream)} ${id}`;
    if (told.has(where)) return;
    if (told.size >= MOST_REMEMBERED) told.clear();
    told.add(where);
    alarm(new CorruptRecord(where));
  };
}

/** The writes, appended entries linked, with the head that follows if nobody moves it meanwhile. */
export function withLinks(
  partition: string,
  writes: readonly Write[],
  before: Entry<Standing> | undefined,
  key: ChainKey,
): Write[] {
  const appends = writes.filter(isAppend);
  const [{ stream, keep } = { stream: '', keep: 1 }] = appends;
  if (appends.some((one) => one.stream !== stream || one.keep !== keep))
    throw new Error('a commit appends to one chain');
  const place = placeOf({ partition, name: stream });
  const contents = appends.map(({ value }) => value as Content);
  const { entries, head } = linked(place, before?.value, contents, { keep, key });
  const values = entries.values();
  return [
    {
      kind: 'put',
      name: tipOf({ partition, name: stream }).name,
      value: head,
      expect: before ? { version: before.version } : 'absent',
    },
    ...writes.map((write) => (isAppend(write) ? { ...write, value: values.next().value } : write)),
  ];
}

async function stillStands(store: Store, partition: string, writes: readonly Write[]): Promise<boolean> {
  const expecting = writes.flatMap((write) =>
    'expect' in write && write.expect ? [{ name: write.name, expect: write.expect }] : [],
  );
  const entries = await store.getMany(expecting.map(({ name }) => ({ partition, name })));
  return expecting.every(({ expect }, index) =>
    expect === 'absent' ? !entries[index] : entries[index]?.version === expect.version,
  );
}
