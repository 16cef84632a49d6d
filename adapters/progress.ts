/** The facts of each interaction, over the store. */
import { type Facts, NO_FACTS } from '../provider/core/facts.ts';
import type { Progress } from '../provider/flows/ports.ts';
import { hashedId } from './oidc/at-rest.ts';
import type { Key, Store } from './store.ts';
import type { UnitOfWork } from './unit-of-work.ts';
import { update } from './update.ts';

const factsKey = (uid: string): Key => ({ partition: `interaction:${hashedId(uid)}`, name: 'facts' });

export function storedProgress(store: Store & Partial<Pick<UnitOfWork, 'prepare'>>): Progress {
  return {
    expect(uid) {
      store.prepare?.([factsKey(uid)]);
    },
    async load(uid) {
      return (await store.get<Facts>(factsKey(uid)))?.value ?? NO_FACTS;
    },
    record(uid, expiresAt, change) {
      return update<Facts, Facts>(store, factsKey(uid), (entry) => {
        const facts = entry?.value ?? NO_FACTS;
        const changed = change(facts);
        const write = changed === facts ? 'keep' : { value: changed, expiresAt };
        return { write, result: changed };
      });
    },
  };
}
