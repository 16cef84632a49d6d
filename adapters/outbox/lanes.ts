/**
 * Which lanes there are: one for each receiver, or several where one receiver gets very much. A lane is written down
 * before its first job, and forgotten long after its last.
 */
import type { Queue } from '../../provider/core/delivery.ts';
import { DAY_MS } from '../../provider/core/duration.ts';
import type { Clock } from '../../provider/flows/ports.ts';
import type { Store } from '../store.ts';

export type Lane = `${Queue}/${string}`;

export const queueOf = (lane: Lane) => lane.split('/', 1)[0] as Queue;

const LANES = { partition: 'outbox', name: 'lanes' };
/** Longer than any job, dead ones included, is kept. */
const KEPT_MS = 60 * DAY_MS;

export interface Lanes {
  /** A write at the first call of a day and a process, and none after it. */
  note(lane: Lane): Promise<void>;
  all(): Promise<Lane[]>;
}

export function storedLanes(store: Store, clock: Clock): Lanes {
  const notedAt = new Map<Lane, number>();
  return {
    async note(lane) {
      const now = clock.now();
      if (now - (notedAt.get(lane) ?? Number.NEGATIVE_INFINITY) < DAY_MS) return;
      await store.commit(LANES.partition, [
        { kind: 'add', set: LANES.name, member: lane, expiresAt: now + KEPT_MS },
      ]);
      notedAt.set(lane, now);
    },
    all: async () => (await store.members(LANES)) as Lane[],
  };
}
