/** The facts of each interaction, over the store, beside what oidc-provider keeps of it. */
import { type Facts, NO_FACTS } from '../provider/core/facts.ts';
import type { Progress } from '../provider/flows/ports.ts';
import { accountKey } from './account-partition.ts';
import { FIRST_EVENTS, historyKey } from './history.ts';
import { newest } from './newest.ts';
import { modelKey } from './oidc/at-rest.ts';
import { type Entry, type Key, tipOf } from './store.ts';
import type { UnitOfWork } from './unit-of-work.ts';
import { update } from './update.ts';
import { newVersion } from './version.ts';

const interactionKey = (uid: string): Key => modelKey('Interaction', uid);
const factsKey = (uid: string): Key => ({ ...interactionKey(uid), name: 'facts' });

export function storedProgress(store: UnitOfWork): Progress {
  const accounts = newest<string>();

  function noted(uid: string, facts: Facts): Facts {
    if (facts.accountId !== undefined) accounts.note(uid, facts.accountId);
    return facts;
  }

  return {
    began: (uid) => store.leave(factsKey(uid), { entry: undefined }),
    expect(uid, { answering, ticket }) {
      const accountId = accounts.of(uid);
      const account = accountId === undefined ? [] : [accountKey(accountId)];
      const history = accountId === undefined || !answering ? [] : [tipOf(historyKey(accountId))];
      const wanted = [interactionKey(uid), factsKey(uid), ...account, ...history];
      if (!answering && ticket !== undefined) store.take(ticket, wanted);
      store.prepare(wanted);
    },
    expectWhetherNew(uid) {
      const accountId = accounts.of(uid);
      if (accountId !== undefined) store.prepareNewest(historyKey(accountId), FIRST_EVENTS);
    },
    returning: (uid, ticket) => store.take(ticket, [interactionKey(uid)]),
    ticket: store.ticket,
    async load(uid) {
      return noted(uid, (await store.get<Facts>(factsKey(uid)))?.value ?? NO_FACTS);
    },
    async record(uid, expiresAt, change) {
      const entry = await update<Facts, Entry<Facts> | undefined>(store, factsKey(uid), (before) => {
        const value = change(before?.value ?? NO_FACTS);
        if (value === (before?.value ?? NO_FACTS)) return { write: 'keep', result: before };
        const write = { value, expiresAt, version: newVersion() };
        return { write, result: write };
      });
      store.leave(factsKey(uid), { entry });
      store.leave(interactionKey(uid));
      const facts = noted(uid, entry?.value ?? NO_FACTS);
      if (facts.accountId !== undefined) store.leave(accountKey(facts.accountId));
      return facts;
    },
  };
}
