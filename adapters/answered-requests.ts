/** Answers to requests that created something, over the store, for as long as they may come again. */
import type { Sealed } from '../provider/core/account.ts';
import type { AnsweredRequests } from '../provider/flows/ports.ts';
import { hashedId } from './oidc/at-rest.ts';
import type { Key, Store } from './store.ts';

const requestKey = (id: string): Key => ({ partition: `request:${hashedId(id)}`, name: 'answer' });

interface Kept {
  readonly fingerprint: string;
  /** Absent while the request is under way. */
  readonly answer?: Sealed;
}

export function storedAnsweredRequests(store: Store): AnsweredRequests {
  return {
    async begin(id, fingerprint, expiresAt) {
      const { partition, name } = requestKey(id);
      const value: Kept = { fingerprint };
      const begun = await store.commit(partition, [
        { kind: 'put', name, value, expiresAt, expect: 'absent' },
      ]);
      if (begun) return 'begun';
      // It may have been forgotten in between: whoever lost the race asks again.
      return (await store.get<Kept>(requestKey(id)))?.value ?? value;
    },

    async keep(id, value, expiresAt) {
      const { partition, name } = requestKey(id);
      await store.commit(partition, [{ kind: 'put', name, value, expiresAt }]);
    },

    async forget(id) {
      const { partition, name } = requestKey(id);
      await store.commit(partition, [{ kind: 'remove', name }]);
    },
  };
}
