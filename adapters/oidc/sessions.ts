/**
 * Sessions are kept by uid, which stays, with a pointer from the hash of the cookie's id, which changes at every rise
 * of level. Parallel logins of one browser each add their portal: a write merges instead of replacing.
 */
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Clock } from '../../provider/flows/ports.ts';
import type { Key, Store } from '../store.ts';
import { update } from '../update.ts';
import { hashedId, isTombstone, type Tombstone } from './at-rest.ts';

/** Longer than any request is in flight. */
const TOMBSTONE_MS = 10 * 60_000;

type Payload = AdapterPayload;

interface StoredSession {
  readonly payload: Payload;
  /** The hash of the id that counts now; a pointer from any other id is stale. */
  readonly idHash: string;
  /** Ids that counted before: who still writes under one is behind and may add portals, no more. */
  readonly retired: readonly string[];
}

const RETIRED_KEPT = 8;

const sessionKey = (uid: string): Key => ({ partition: `session:${uid}`, name: 'payload' });
const pointerKey = (idHash: string): Key => ({ partition: `session-id:${idHash}`, name: 'uid' });

export function sessionStorage(
  store: Store,
  clock: Clock,
): { adapter: Adapter; end(uid: string): Promise<void> } {
  async function byUid(uid: string): Promise<StoredSession | undefined> {
    const entry = await store.get<StoredSession | Tombstone>(sessionKey(uid));
    return entry && !isTombstone(entry.value) ? entry.value : undefined;
  }

  async function removePointer(idHash: string): Promise<void> {
    const { partition, name } = pointerKey(idHash);
    await store.commit(partition, [{ kind: 'remove', name }]);
  }

  async function point(idHash: string, uid: string, expiresAt: number): Promise<void> {
    const { partition, name } = pointerKey(idHash);
    await store.commit(partition, [{ kind: 'put', name, value: uid, expiresAt }]);
  }

  /** Answers the hash of the id that counts now; undefined for a session that has ended meanwhile. */
  function save(
    uid: string,
    idHash: string,
    payload: Payload,
    expiresAt: number,
  ): Promise<string | undefined> {
    return update<StoredSession | Tombstone, string | undefined>(store, sessionKey(uid), (entry) => {
      const stored = entry?.value;
      if (stored && isTombstone(stored)) return { write: 'keep', result: undefined };
      const value = stored ? merged(stored, payload, idHash) : { payload, idHash, retired: [] };
      return { write: { value, expiresAt }, result: value.idHash };
    });
  }

  const adapter: Adapter = {
    async find(id) {
      const idHash = hashedId(id);
      const uid = (await store.get<string>(pointerKey(idHash)))?.value;
      const session = uid === undefined ? undefined : await byUid(uid);
      return session?.idHash === idHash ? withId(session, id) : undefined;
    },
    async findByUid(uid) {
      const session = await byUid(uid);
      // The id can't be restored from its hash; the library never saves a session that it found by uid.
      return session && withId(session, 'found-by-uid');
    },
    async upsert(id, { jti: _, ...payload }, expiresIn = 1) {
      const uid = String(payload.uid);
      const expiresAt = clock.now() + expiresIn * 1000;
      const idHash = await save(uid, hashedId(id), payload, expiresAt);
      if (idHash !== undefined) await point(idHash, uid, expiresAt);
    },
    /** Called with the old id when the identifier changes: only the pointer goes. See {@link sessionStorage.end}. */
    destroy: (id) => removePointer(hashedId(id)),
    consume: async () => {},
    revokeByGrantId: async () => {},
    findByUserCode: async () => undefined,
  };

  return {
    adapter,
    async end(uid) {
      const { partition, name } = sessionKey(uid);
      const expiresAt = clock.now() + TOMBSTONE_MS;
      const idHash = (await byUid(uid))?.idHash;
      await store.commit(partition, [{ kind: 'put', name, value: { tombstone: true }, expiresAt }]);
      if (idHash !== undefined) await removePointer(idHash);
    },
  };
}

function withId({ payload }: StoredSession, id: string): AdapterPayload {
  return { ...payload, jti: id };
}

function merged(stored: StoredSession, incoming: Payload, idHash: string): StoredSession {
  const behind = stored.retired.includes(idHash);
  const retired = [...stored.retired, stored.idHash].filter((hash) => hash !== idHash).slice(-RETIRED_KEPT);
  const [base, other] = behind ? [stored.payload, incoming] : [incoming, stored.payload];
  const payload = withAuthorizationsOf(base, other);
  return behind ? { ...stored, payload } : { payload, idHash, retired };
}

/** Keeps the portals that either side knows, as long as both speak of the same account. */
function withAuthorizationsOf(base: Payload, other: Payload): Payload {
  if (base.accountId !== other.accountId || !other.authorizations) return base;
  return { ...base, authorizations: { ...other.authorizations, ...(base.authorizations ?? {}) } };
}
