/** What is to be done at a time, over the store: one set ordered by time, and who is at work on which. */
import type { Clock, Due, DueList } from '../provider/flows/ports.ts';
import type { Store } from './store.ts';

const DUE = 'due';
/** What is done to one takes well under a second: after this long whoever took it up is gone. */
const CLAIM_MS = 5 * 60_000;

/** Members are in the order of their bytes: with leading zeros that is the order of time. */
const memberOf = (id: string, at: number) => `${String(at).padStart(15, '0')} ${id}`;

const parted = (member: string): Due => ({ at: Number(member.slice(0, 15)), id: member.slice(16) });

/** `partition` names what is to be done. */
export function storedDueList(store: Store, clock: Clock, partition: string): DueList {
  /** False when somebody else is at it. */
  function claim(member: string): Promise<boolean> {
    const expiresAt = clock.now() + CLAIM_MS;
    const name = `claim:${member}`;
    return store.commit(partition, [{ kind: 'put', name, value: true, expiresAt, expect: 'absent' }]);
  }

  return {
    async add(id, at) {
      await store.commit(partition, [{ kind: 'add', set: DUE, member: memberOf(id, at) }]);
    },
    async remove(id, at) {
      const member = memberOf(id, at);
      await store.commit(partition, [
        { kind: 'drop', set: DUE, member },
        { kind: 'remove', name: `claim:${member}` },
      ]);
    },
    async takeDue(limit) {
      const taken: Due[] = [];
      for (const member of await store.members({ partition, name: DUE }, { limit })) {
        const due = parted(member);
        if (due.at > clock.now()) break;
        if (await claim(member)) taken.push(due);
      }
      return taken;
    },
    async list(limit) {
      return (await store.members({ partition, name: DUE }, { limit })).map(parted);
    },
  };
}
