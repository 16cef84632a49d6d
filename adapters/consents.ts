/** What each person agreed to give each portal, over the store; it outlives sessions and grants. */
import { together } from '../provider/core/consent.ts';
import type { Clock, Consent, Consents } from '../provider/flows/ports.ts';
import { accountKey, accountPartition } from './account-partition.ts';
import { appended } from './history.ts';
import { TOMBSTONE_MS } from './oidc/at-rest.ts';
import type { Key, Store, Write } from './store.ts';
import type { UnitOfWork } from './unit-of-work.ts';
import { update } from './update.ts';

/** The client ids that an account has a consent for. */
const INDEX = 'consents';
const consentKey = (accountId: string, clientId: string): Key => ({
  partition: accountPartition(accountId),
  name: `consent:${clientId}`,
});

const withdrawnName = (clientId: string) => `withdrawn:${clientId}`;

/**
 * For a commit in the account's partition: it comes to nothing where the consent was withdrawn a moment ago. Who read it
 * before makes no grant of it after.
 */
export function notWithdrawn(clientId: string): Write {
  return { kind: 'remove', name: withdrawnName(clientId), expect: 'absent' };
}

/** The writes, for a commit in the account's partition, after which there are none. */
export async function consentsErased(store: Store, accountId: string): Promise<Write[]> {
  const clientIds = await store.members({ partition: accountPartition(accountId), name: INDEX });
  return clientIds.flatMap((clientId): Write[] => [
    { kind: 'remove', name: consentKey(accountId, clientId).name },
    { kind: 'drop', set: INDEX, member: clientId },
  ]);
}

export function storedConsents(store: Store & Partial<Pick<UnitOfWork, 'prepare'>>, clock: Clock): Consents {
  return {
    expect(accountId, clientId) {
      store.prepare?.([consentKey(accountId, clientId), accountKey(accountId)]);
    },
    async find(accountId, clientId) {
      return (await store.get<Consent>(consentKey(accountId, clientId)))?.value;
    },
    async of(accountId) {
      const clientIds = await store.members({ partition: accountPartition(accountId), name: INDEX });
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
        const anew = { kind: 'remove', name: withdrawnName(consent.clientId) } as const;
        return { write: { value }, alongside: [indexed, anew, appended(event)], result: undefined };
      });
    },
    async withdraw(accountId, clientId, event) {
      return update<Consent, boolean>(store, consentKey(accountId, clientId), (entry) => {
        if (!entry) return { write: 'keep', result: false };
        const dropped = { kind: 'drop', set: INDEX, member: clientId } as const;
        const name = withdrawnName(clientId);
        const expiresAt = clock.now() + TOMBSTONE_MS;
        const remembered = { kind: 'put', name, value: true, expiresAt } as const;
        return { write: 'remove', alongside: [dropped, remembered, appended(event)], result: true };
      });
    },
  };
}
