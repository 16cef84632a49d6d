/** Everything of one store into another, empty one. */
import type { Engine, Holding, Key, Store } from '../store.ts';

/** Stands in a store until all that was to come has come. */
const UNFINISHED: Key = { partition: 'transfer', name: 'unfinished' };
/** Commits under way: both engines carry out many at once. */
const AT_ONCE = 256;

export interface Counts {
  documents: number;
  members: number;
  /** Entries of streams. */
  entries: number;
}

export const nothing = (): Counts => ({ documents: 0, members: 0, entries: 0 });

export function added(counts: Counts, { writes }: Holding): void {
  for (const { kind } of writes) {
    if (kind === 'put') counts.documents += 1;
    if (kind === 'add') counts.members += 1;
    if (kind === 'append') counts.entries += 1;
  }
}

/** The store holds a part of what was to come: it must not be served from. */
export async function isUnfinished(store: Pick<Store, 'get'>): Promise<boolean> {
  return (await store.get(UNFINISHED)) !== undefined;
}

/** Whether a transfer may begin: nothing is there, or what another one left that did not end. */
export async function isFree(engine: Engine): Promise<boolean> {
  if (await isUnfinished(engine)) return true;
  for await (const _holding of engine.walk()) return false;
  return true;
}

/** Leaves out what ends by itself: sessions, tokens, logins under way, pauses, notices of what was just done. */
export async function* lastingOnly(holdings: AsyncIterable<Holding>): AsyncGenerator<Holding> {
  for await (const { partition, writes } of holdings) {
    const lasting = writes.filter((write) => !('expiresAt' in write) || write.expiresAt === undefined);
    if (lasting.length > 0) yield { partition, writes: lasting };
  }
}

/** Writes into a store that {@link isFree}. One that is broken off may be begun again. */
export async function transfer(holdings: AsyncIterable<Holding>, to: Store): Promise<Counts> {
  const { partition, name } = UNFINISHED;
  await to.commit(partition, [{ kind: 'put', name, value: true }]);
  const counts = nothing();
  for await (const batch of batches(holdings)) {
    for (const holding of batch) added(counts, holding);
    await Promise.all(withoutRepeatedStreams(batch).map((holding) => written(holding, to)));
  }
  await to.commit(partition, [{ kind: 'remove', name }]);
  return counts;
}

async function* batches(holdings: AsyncIterable<Holding>): AsyncGenerator<Holding[]> {
  let batch: Holding[] = [];
  for await (const holding of holdings) {
    batch.push(holding);
    if (batch.length < AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

function withoutRepeatedStreams(batch: readonly Holding[]): Holding[] {
  const seen = new Set<string>();
  return batch.filter((holding) => {
    const stream = streamOf(holding);
    if (!stream) return true;
    const text = JSON.stringify(stream);
    const isNew = !seen.has(text);
    seen.add(text);
    return isNew;
  });
}

/** Documents and members can be written again; a stream comes whole, so one that is there has come before. */
async function written(holding: Holding, to: Store): Promise<void> {
  const stream = streamOf(holding);
  if (stream && (await to.range(stream, { limit: 1 })).length > 0) return;
  await to.commit(holding.partition, holding.writes);
}

function streamOf({ partition, writes }: Holding): Key | undefined {
  const entry = writes.find(({ kind }) => kind === 'append');
  return entry?.kind === 'append' ? { partition, name: entry.stream } : undefined;
}
