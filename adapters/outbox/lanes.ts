/** Which lanes there are. A lane is written down before its first job, and forgotten long after its last. */
import type { Clock } from '../../provider/flows/ports.ts';
import type { Store } from '../store.ts';

const LANES = { partition: 'outbox', name: 'lanes' };
const DAY_MS = 24 * 60 * 60_000;
/** Longer than any job, dead ones included, is kept. */
const KEPT_MS = 60 * DAY_MS;

export interface Lanes {
  /** A write at the first call of a day and a process, and none after it. */
  note(lane: string): Promise<void>;
  all(): Promise<string[]>;
}

export function storedLanes(store: Store, clock: Clock): Lanes {
  const notedAt = new Map<string, number>();
  return {
    async note(lane) {
      const now = clock.now();
      if (now - (notedAt.get(lane) ?? Number.NEGATIVE_INFINITY) < DAY_MS) return;
      await store.commit(LANES.partition, [
        { kind: 'add', set: LANES.name, member: lane, expiresAt: now + KEPT_MS },
      ]);
      notedAt.set(lane, now);
    },
    all: () => store.members(LANES),
  };
}
