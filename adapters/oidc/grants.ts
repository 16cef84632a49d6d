/**
 * Grants are the kill switch of their tokens. A revoked one leaves a tombstone, so that a top-up in flight does not
 * bring it back; and each account has an index of its own, so that all of them can be ended at once.
 */
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { Clock, Grants } from '../../provider/flows/ports.ts';
import { accountPartition } from '../account-partition.ts';
import { notWithdrawn } from '../consents.ts';
import type { Key } from '../store.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { update } from '../update.ts';
import { isTombstone, modelKey, TOMBSTONE_MS, type Tombstone } from './at-rest.ts';

/** Members are `<client id> <grant id>`; neither holds a space (RFC 6749 appendix A.1). */
const indexOf = (accountId: string): Key => ({ partition: accountPartition(accountId), name: 'grants' });

export interface GrantStorage extends Grants {
  readonly adapter: Adapter;
}

/** `longestLifeMs`: no grant lives longer, however often it is topped up; by then the index may forget it. */
export function grantStorage(
  store: UnitOfWork,
  clock: Clock,
  plain: Adapter,
  longestLifeMs: number,
): GrantStorage {
  async function remember(id: string, { accountId, clientId }: AdapterPayload): Promise<void> {
    const { partition, name } = indexOf(String(accountId));
    const expiresAt = clock.now() + longestLifeMs;
    const added = { kind: 'add', set: name, member: `${clientId} ${id}`, expiresAt } as const;
    if (!(await store.commit(partition, [notWithdrawn(String(clientId)), added])))
      throw new errors.AccessDenied('the consent was withdrawn meanwhile');
  }

  function save(id: string, { jti: _, ...value }: AdapterPayload, expiry: object): Promise<void> {
    return update<AdapterPayload | Tombstone, void>(
      store,
      modelKey('Grant', id),
      (entry) => {
        if (entry && isTombstone(entry.value)) return { write: 'keep', result: undefined };
        return { write: { value, ...expiry }, result: undefined };
      },
      { guess: 'absent' },
    );
  }

  async function bury(id: string): Promise<void> {
    const { partition, name } = modelKey('Grant', id);
    const expiresAt = clock.now() + TOMBSTONE_MS;
    await store.commit(partition, [{ kind: 'put', name, value: { tombstone: true }, expiresAt }]);
  }

  const adapter: Adapter = {
    ...plain,
    async upsert(id, payload, expiresIn) {
      const expiry = expiresIn === undefined ? {} : { expiresAt: clock.now() + expiresIn * 1000 };
      // Both or no answer: a grant that nobody could find again could not be ended either.
      await store.later(() => Promise.all([remember(id, payload), save(id, payload, expiry)]));
    },
    destroy: bury,
  };

  return {
    adapter,
    expect: (id) => store.prepare([modelKey('Grant', id)]),
    async of(accountId) {
      const members = await store.members(indexOf(accountId));
      return members.map((member) => {
        const [clientId = '', grantId = ''] = member.split(' ');
        return { clientId, grantId };
      });
    },
    async end(accountId, { clientId, grantId }) {
      await bury(grantId);
      const { partition, name } = indexOf(accountId);
      await store.commit(partition, [{ kind: 'drop', set: name, member: `${clientId} ${grantId}` }]);
    },
  };
}
