/**
 * Sessions are kept by uid, which stays, with a pointer from the hash of the cookie's id, which changes at every rise
 * of level. Parallel logins of one browser each add their portal: a write merges instead of replacing. Each account has
 * an index of its sessions, so that all of them can be shown and ended.
 */
import { type Adapter, errors } from 'oidc-provider';
import {
  type Clock,
  CorruptRecord,
  type LiveSession,
  type SessionOrigin,
  type Sessions,
} from '../../provider/flows/ports.ts';
import { accountPartition } from '../account-partition.ts';
import { newest } from '../newest.ts';
import type { Key } from '../store.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { update } from '../update.ts';
import { hashedId, isTombstone, TOMBSTONE_MS, type Tombstone } from './at-rest.ts';
import { givesGrant, live, merged, type Payload, type StoredSession, withId } from './session-document.ts';

export const sessionKey = (uid: string): Key => ({ partition: `session:${uid}`, name: 'payload' });
const indexOf = (accountId: string): Key => ({ partition: accountPartition(accountId), name: 'sessions' });
const pointerKey = (idHash: string): Key => ({ partition: `session-id:${idHash}`, name: 'uid' });

export interface SessionStorage extends Sessions {
  readonly adapter: Adapter;
}

/** `longestLifeMs`: no session lives longer after its last login, however busy; by then the index may forget it. */
export function sessionStorage(
  store: UnitOfWork,
  clock: Clock,
  longestLifeMs: number,
  alarm: (fault: CorruptRecord) => void,
): SessionStorage {
  /** One that can't be read is no session: its owner logs in anew, where an error would stay until the cookie goes. */
  async function byUid(uid: string): Promise<StoredSession | undefined> {
    const entry = await store.get<StoredSession | Tombstone>(sessionKey(uid)).catch((fault: unknown) => {
      if (!(fault instanceof CorruptRecord)) throw fault;
      alarm(fault);
      return undefined;
    });
    return entry && !isTombstone(entry.value) ? entry.value : undefined;
  }

  async function remember(accountId: string, uid: string): Promise<void> {
    const { partition, name } = indexOf(accountId);
    const expiresAt = clock.now() + longestLifeMs;
    await store.commit(partition, [{ kind: 'add', set: name, member: uid, expiresAt }]);
  }

  async function forget(accountId: string, uid: string): Promise<void> {
    const { partition, name } = indexOf(accountId);
    await store.commit(partition, [{ kind: 'drop', set: name, member: uid }]);
  }

  async function removePointer(idHash: string): Promise<void> {
    const { partition, name } = pointerKey(idHash);
    await store.commit(partition, [{ kind: 'remove', name }]);
  }

  /** Which session an id leads to, as far as this process knows. */
  const uids = newest<string>();

  async function point(idHash: string, uid: string, expiresAt: number): Promise<void> {
    uids.note(idHash, uid);
    const { partition, name } = pointerKey(idHash);
    await store.commit(partition, [{ kind: 'put', name, value: uid, expiresAt }]);
  }

  /** Where sessions were begun that this process is about to save: kept with them from then on. */
  const begunAt = newest<SessionOrigin>();

  /** Answers false for a session that has ended meanwhile: it stays ended. */
  function save(uid: string, idHash: string, payload: Payload, expiresAt: number): Promise<boolean> {
    return update<StoredSession | Tombstone, boolean>(
      store,
      sessionKey(uid),
      (entry) => {
        const stored = entry?.value;
        if (stored && isTombstone(stored)) return { write: 'keep', result: false };
        const saved = stored ? merged(stored, payload, idHash) : { payload, idHash, retired: [] };
        const origin = stored?.origin ?? begunAt.of(uid);
        const value = { ...saved, ...(origin && { origin }) };
        return { write: { value, expiresAt }, result: true };
      },
      // One that was there before has been read by the request that saves it.
      { guess: 'absent' },
    );
  }

  /**
   * Whoever ends a session ends the grants that it names. One that it never came to name would outlive it: then the
   * whole request has failed, and what was made of it leaves for nowhere.
   */
  async function saveWithGrants(before: Payload | undefined, ...write: Parameters<typeof save>) {
    const [, , payload] = write;
    if (!(await save(...write)) && givesGrant(before, payload))
      throw new errors.SessionNotFound('the session has ended meanwhile');
  }

  /** The session as this request read it. */
  function payloadSeen(uid: string): Payload | undefined {
    const stored = store.seen<StoredSession | Tombstone>(sessionKey(uid))?.entry?.value;
    return stored && !isTombstone(stored) ? stored.payload : undefined;
  }

  /** Answers the session as it was when it ended: what a request in flight has added until then is in it. */
  async function end(uid: string): Promise<LiveSession | undefined> {
    const expiresAt = clock.now() + TOMBSTONE_MS;
    const ended = await update<StoredSession | Tombstone, StoredSession | undefined>(
      store,
      sessionKey(uid),
      (entry) => ({
        write: { value: { tombstone: true }, expiresAt },
        result: entry && !isTombstone(entry.value) ? entry.value : undefined,
      }),
    );
    if (!ended) return undefined;
    const { accountId } = ended.payload;
    await Promise.all([removePointer(ended.idHash), accountId === undefined || forget(accountId, uid)]);
    return accountId === undefined ? undefined : live(uid, ended);
  }

  async function liveOf(accountId: string): Promise<LiveSession[]> {
    const uids = await store.members(indexOf(accountId));
    const sessions = await store.getMany<StoredSession | Tombstone>(uids.map(sessionKey));
    return uids.flatMap((uid, index) => {
      const stored = sessions[index]?.value;
      if (!stored || isTombstone(stored) || stored.payload.accountId !== accountId) return [];
      return [live(uid, stored)];
    });
  }

  const adapter: Adapter = {
    async find(id) {
      const idHash = hashedId(id);
      const likely = uids.of(idHash);
      if (likely !== undefined) store.prepare([pointerKey(idHash), sessionKey(likely)]);
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
      const idHash = hashedId(id);
      const { accountId, loginTs } = payload;
      const expiresAt = clock.now() + expiresIn * 1000;
      const seen = payloadSeen(uid);
      // With every login a session lives longer than the index was told before.
      const loggedIn = accountId !== seen?.accountId || loginTs !== seen?.loginTs;
      // Side by side: a pointer from an id that does not count leads nowhere.
      await store.later(() =>
        Promise.all([
          saveWithGrants(seen, uid, idHash, payload, expiresAt),
          point(idHash, uid, expiresAt),
          accountId !== undefined && loggedIn && remember(accountId, uid),
        ]),
      );
    },
    /** Called with the old id when the identifier changes: only the pointer goes. See {@link Sessions.end}. */
    async destroy(id) {
      await store.later(() => removePointer(hashedId(id)));
    },
    consume: async () => {},
    revokeByGrantId: async () => {},
    findByUserCode: async () => undefined,
  };

  return {
    adapter,
    end,
    of: liveOf,
    async find(uid) {
      const session = await byUid(uid);
      return session?.payload.accountId === undefined ? undefined : live(uid, session);
    },
    describe: begunAt.note,
  };
}
