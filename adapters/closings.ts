/** Accounts that are to be erased, over the store: one set ordered by time, and who is at work on which. */
import type { Clock, Closings } from '../provider/flows/ports.ts';
import type { Store } from './store.ts';

const PARTITION = 'closings';
const DUE = { partition: PARTITION, name: 'due' };
/** Erasing one takes well under a second: after this long whoever took it up is gone. */
const CLAIM_MS = 5 * 60_000;

/** Members are in the order of their bytes: with leading zeros that is the order of time. */
const memberOf = (accountId: string, at: number) => `${String(at).padStart(15, '0')} ${accountId}`;

export function storedClosings(store: Store, clock: Clock): Closings {
  /** False when somebody else is at it. */
  function claim(member: string): Promise<boolean> {
    const expiresAt = clock.now() + CLAIM_MS;
    const name = `claim:${member}`;
    return store.commit(PARTITION, [{ kind: 'put', name, value: true, expiresAt, expect: 'absent' }]);
  }

  return {
    async add(accountId, at) {
      await store.commit(PARTITION, [{ kind: 'add', set: DUE.name, member: memberOf(accountId, at) }]);
    },
    async remove(accountId, at) {
      const member = memberOf(accountId, at);
      await store.commit(PARTITION, [
        { kind: 'drop', set: DUE.name, member },
        { kind: 'remove', name: `claim:${member}` },
      ]);
    },
    async takeDue(limit) {
      const taken: { accountId: string; at: number }[] = [];
      for (const member of await store.members(DUE, { limit })) {
        const [time = '', accountId = ''] = member.split(' ');
        const at = Number(time);
        if (at > clock.now()) break;
        if (await claim(member)) taken.push({ accountId, at });
      }
      return taken;
    },
  };
}
