/** What each person agreed to give each portal, over the store; it outlives sessions and grants. */
import { together } from '../provider/core/consent.ts';
import type { Consent, Consents } from '../provider/flows/ports.ts';
import { appended } from './history.ts';
import type { Key, Store, Write } from './store.ts';
import type { UnitOfWork } from './unit-of-work.ts';
import { update } from './update.ts';

/** The client ids that an account has a consent for. */
const INDEX = 'consents';
const partitionOf = (accountId: string) => `account:${accountId}`;
const consentKey = (accountId: string, clientId: string): Key => ({
  partition: partitionOf(accountId),
  name: `consent:${clientId}`,
});

/** The writes, for a commit in the account's partition, after which there are none. */
export async function consentsErased(store: Store, accountId: string): Promise<Write[]> {
  const clientIds = await store.members({ partition: partitionOf(accountId), name: INDEX });
  return clientIds.flatMap((clientId): Write[] => [
    { kind: 'remove', name: consentKey(accountId, clientId).name },
    { kind: 'drop', set: INDEX, member: clientId },
  ]);
}

export function storedConsents(store: Store & Partial<Pick<UnitOfWork, 'prepare'>>): Consents {
  return {
    expect(accountId, clientId) {
      store.prepare?.([consentKey(accountId, clientId)]);
    },
    async find(accountId, clientId) {
      return (await store.get<Consent>(consentKey(accountId, clientId)))?.value;
    },
    async of(accountId) {
      const clientIds = await store.members({ partition: partitionOf(accountId), name: INDEX });
      const entries = await store.getMany<Consent>(clientIds.map((id) => consentKey(accountId, id)));
      return entries.flatMap((entry) => (entry ? [entry.value] : []));
    },
    async give(accountId, consent, event) {
      await update<Consent, void>(store, consentKey(accountId, consent.clientId), (entry) => {
        const value = {
          ...consent,
          ...together(entry?.value, consent),
          givenAt: entry?.value.givenAt ?? consent.givenAt,
        };
        const indexed = { kind: 'add', set: INDEX, member: consent.clientId } as const;
        return { write: { value }, alongside: [indexed, appended(event)], result: undefined };
      });
    },
    async withdraw(accountId, clientId, event) {
      return update<Consent, boolean>(store, consentKey(accountId, clientId), (entry) => {
        if (!entry) return { write: 'keep', result: false };
        const dropped = { kind: 'drop', set: INDEX, member: clientId } as const;
        return { write: 'remove', alongside: [dropped, appended(event)], result: true };
      });
    },
  };
}
