/** The facts of each interaction, over the store. */
import { type Facts, NO_FACTS } from '../provider/core/facts.ts';
import type { Progress } from '../provider/flows/ports.ts';
import { accountKey } from './accounts.ts';
import { hints } from './hints.ts';
import { historyKey } from './history.ts';
import { hashedId } from './oidc/at-rest.ts';
import { type Key, type Store, tipOf } from './store.ts';
import type { UnitOfWork } from './unit-of-work.ts';
import { update } from './update.ts';

const factsKey = (uid: string): Key => ({ partition: `interaction:${hashedId(uid)}`, name: 'facts' });

export function storedProgress(store: Store & Partial<Pick<UnitOfWork, 'prepare'>>): Progress {
  const accounts = hints<string>();

  function noted(uid: string, facts: Facts): Facts {
    if (facts.accountId !== undefined) accounts.note(uid, facts.accountId);
    return facts;
  }

  return {
    expect(uid, { answering }) {
      const accountId = accounts.of(uid);
      const account = accountId === undefined ? [] : [accountKey(accountId)];
      const history = accountId === undefined || !answering ? [] : [tipOf(historyKey(accountId))];
      store.prepare?.([factsKey(uid), ...account, ...history]);
    },
    async load(uid) {
      return noted(uid, (await store.get<Facts>(factsKey(uid)))?.value ?? NO_FACTS);
    },
    async record(uid, expiresAt, change) {
      const facts = await update<Facts, Facts>(store, factsKey(uid), (entry) => {
        const facts = entry?.value ?? NO_FACTS;
        const changed = change(facts);
        const write = changed === facts ? 'keep' : { value: changed, expiresAt };
        return { write, result: changed };
      });
      return noted(uid, facts);
    },
  };
}
