/** What each person agreed to give each portal, over the store; it outlives sessions and grants. */
import type { AccountEvent } from '../provider/core/event.ts';
import type { Consent, Consents } from '../provider/flows/ports.ts';
import { appended } from './history.ts';
import type { Key, Store } from './store.ts';
import { update } from './update.ts';

const consentKey = (accountId: string, clientId: string): Key => ({
  partition: `account:${accountId}`,
  name: `consent:${clientId}`,
});

const union = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])];

export function storedConsents(store: Store): Consents {
  return {
    async find(accountId, clientId) {
      return (await store.get<Consent>(consentKey(accountId, clientId)))?.value;
    },
    async give(accountId, consent, event: AccountEvent) {
      await update<Consent, void>(store, consentKey(accountId, consent.clientId), (entry) => {
        const value = {
          ...consent,
          scopes: union(entry?.value.scopes ?? [], consent.scopes),
          claims: union(entry?.value.claims ?? [], consent.claims),
        };
        return { write: { value }, alongside: [appended(event)], result: undefined };
      });
    },
  };
}
