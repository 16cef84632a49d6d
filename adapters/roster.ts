/** Who has which role, over the store: one document for each role, changed by compare-and-set. */
import type { Role } from '../provider/core/account.ts';
import type { Roster } from '../provider/flows/ports.ts';
import type { Key, Store } from './store.ts';

const PARTITION = 'staff';
const rosterKey = (role: Role): Key => ({ partition: PARTITION, name: role });

interface Listed {
  readonly accountIds: readonly string[];
}

export function storedRoster(store: Store): Roster {
  return {
    async of(role) {
      const entry = await store.get<Listed>(rosterKey(role));
      return { accountIds: entry?.value.accountIds ?? [], version: entry?.version ?? 'none' };
    },
    put(role, accountIds, version) {
      const expect = version === 'none' ? 'absent' : { version };
      return store.commit(PARTITION, [{ kind: 'put', name: role, value: { accountIds }, expect }]);
    },
  };
}
