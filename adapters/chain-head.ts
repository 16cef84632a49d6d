/** Heads of chained streams, each the tip of its stream, and what becomes of one that is damaged. */
import { begunAnew, type ChainKey, type Head, isSealed, type Standing } from '../provider/core/chain.ts';
import { CorruptRecord } from '../provider/flows/ports.ts';
import { nameOf } from './record.ts';
import { type Entry, type Key, type Store, tipOf } from './store.ts';
import type { Updatable } from './update.ts';

export interface ChainKeys {
  /** Chains what is written. */
  readonly newest: ChainKey;
  find(keyId: string): ChainKey | undefined;
}

/** Hears of a damaged head, whose chain begins anew, and of entries that can't be read. */
export type Alarm = (fault: CorruptRecord) => void;

/** What a stream is called in its hashes. */
export const placeOf = ({ partition, name }: Key) => `${partition}/${name}`;

/** What lies in place of a head that can't be read: it has no seal. */
export const UNSEALED = {} as Head;

/** Undefined where there is none, {@link UNSEALED} of no version where it can't be read. */
export async function readHead(store: Pick<Store, 'get'>, stream: Key): Promise<Entry<Head> | undefined> {
  try {
    return await store.get<Head>(tipOf(stream));
  } catch (fault) {
    if (fault instanceof CorruptRecord) return { value: UNSEALED, version: '' };
    throw fault;
  }
}

/** Nobody's login may fail because of a head: the chain of a damaged one begins anew, and says so. */
export function chainHeads(store: Updatable, keys: ChainKeys, alarm: Alarm) {
  async function readable(stream: Key): Promise<Entry<Head> | undefined> {
    const head = await readHead(store, stream);
    if (head?.version !== '') return head;
    // So that of all who find it one begins anew: what can't be read has no version to compare.
    const { partition, name } = tipOf(stream);
    await store.commit(partition, [{ kind: 'put', name, value: UNSEALED }]);
    return store.get<Head>({ partition, name });
  }

  async function trusted(stream: Key, head: Entry<Head> | undefined): Promise<Entry<Standing> | undefined> {
    const place = placeOf(stream);
    if (!head || isSealed(place, head.value, keys.find)) return head;
    alarm(new CorruptRecord(nameOf(tipOf(stream))));
    const [newest] = await store.range(stream, { limit: 1 });
    return { ...head, value: begunAnew(place, newest?.value, keys.find) };
  }

  return {
    /** As this request has read it, if it has. */
    async first(stream: Key): Promise<Entry<Standing> | undefined> {
      const seen = store.seen?.<Head>(tipOf(stream));
      return trusted(stream, seen ? seen.entry : await readable(stream));
    },
    now: async (stream: Key) => trusted(stream, await readable(stream)),
  };
}
