/**
 * oidc-provider's storage over the store. The library reads and then writes; here every write that races is a
 * compare-and-set, and an id that is itself a bearer token is stored only as its hash.
 */
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { Clients, Clock, CorruptRecord, Grants, Sessions } from '../../provider/flows/ports.ts';
import { accountKey } from '../account-partition.ts';
import { newest } from '../newest.ts';
import type { Key } from '../store.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { update } from '../update.ts';
import { newVersion } from '../version.ts';
import { isTombstone, modelKey, type Tombstone } from './at-rest.ts';
import { clientStorage } from './clients.ts';
import { grantStorage } from './grants.ts';
import { sessionKey, sessionStorage } from './sessions.ts';

export interface OidcStorage {
  /** oidc-provider's adapter factory: one adapter a model. */
  adapterFor(model: string): Adapter;
  readonly sessions: Sessions;
  readonly grants: Grants;
  /** Records a one-time identifier until `expiresAt` (milliseconds); false when it was seen before. Atomic. */
  firstUse(id: string, expiresAt: number): Promise<boolean>;
  /**
   * The one grant of a session and a client: parallel logins of one browser get the same id. `replaces` is an id
   * that was found revoked or belongs to another consent.
   */
  claimGrantId(sessionUid: string, clientId: string, fresh: string, replaces?: string): Promise<string>;
}

type Stored = AdapterPayload | Tombstone;

/** Milliseconds: no session, and no grant however often it is renewed, lives longer. */
export interface LongestLives {
  readonly session: number;
  readonly grant: number;
}

export function oidcStorage(
  store: UnitOfWork,
  clients: Clients,
  clock: Clock,
  longest: LongestLives,
  alarm: (fault: CorruptRecord) => void,
): OidcStorage {
  const sessions = sessionStorage(store, clock, longest.session, alarm);
  const grants = grantStorage(store, clock, plain('Grant'), longest.grant);
  const expiry = (seconds: number | undefined) =>
    seconds === undefined ? {} : { expiresAt: clock.now() + seconds * 1000 };

  /** What is wanted with a token that was made here. */
  const wanted = newest<Key[]>();

  function plain(model: string): Adapter {
    const key = (id: string) => modelKey(model, id);
    const passedOn = model === 'Interaction';

    function spend(id: string): Promise<void> {
      return update<Stored, void>(store, key(id), (entry) => {
        if (!entry || isTombstone(entry.value) || entry.value.consumed) throw alreadyUsed(model);
        const consumed = Math.floor(clock.now() / 1000);
        const { value, expiresAt } = entry;
        const write = { value: { ...value, consumed }, ...(expiresAt !== undefined && { expiresAt }) };
        return { write, result: undefined };
      });
    }

    return {
      async find(id) {
        const at = key(id);
        const others = wanted.of(at.partition);
        if (others) store.prepare([at, ...others]);
        const entry = await store.get<Stored>(at);
        if (!entry || isTombstone(entry.value)) return undefined;
        store.prepare(wantedWith(model, entry.value));
        return { ...entry.value, jti: id };
      },
      async upsert(id, payload, expiresIn) {
        const { partition, name } = key(id);
        const value = atRest(model, payload);
        const others = wantedWith(model, payload);
        if (others.length > 0) wanted.note(partition, others);
        const entry = { value, version: newVersion(), ...expiry(expiresIn) };
        await store.later(async () => {
          // The library goes on to write into what it hands over here.
          const left = passedOn && JSON.stringify(entry);
          await store.commit(partition, [{ kind: 'put', name, ...entry }]);
          if (left) store.leave(key(id), { entry: JSON.parse(left) });
        });
      },
      // A token side by side with what is made of it: that leaves when this has succeeded, else nobody gets to know it.
      consume: (id) => (BEARERS.includes(model) ? store.later(() => spend(id)) : spend(id)),
      async destroy(id) {
        const { partition, name } = key(id);
        const expect = passedOn ? store.seen<Stored>(key(id))?.entry : undefined;
        await store.later(async () => {
          const gone = await store.commit(partition, [{ kind: 'remove', name, ...(expect && { expect }) }]);
          if (!gone) throw new errors.SessionNotFound('somebody else was faster');
        });
      },
      // Without its Grant a token is dead, and the library removes the Grant beside this call.
      revokeByGrantId: async () => {},
      findByUid: async () => undefined,
      findByUserCode: async () => undefined,
    };
  }

  const special: Readonly<Record<string, () => Adapter>> = {
    Session: () => sessions.adapter,
    Grant: () => grants.adapter,
    Client: () => clientStorage(clients, clock, plain('Client')),
  };

  return {
    adapterFor: (model) => special[model]?.() ?? plain(model),
    sessions,
    grants,

    firstUse(id, expiresAt) {
      const { partition, name } = modelKey('ReplayDetection', id);
      return store.commit(partition, [{ kind: 'put', name, value: true, expiresAt, expect: 'absent' }]);
    },

    claimGrantId(sessionUid, clientId, fresh, replaces) {
      const key = { partition: `session:${sessionUid}`, name: `grant:${clientId}` };
      return update<{ grantId: string }, string>(store, key, (entry) => {
        const claimed = entry?.value.grantId;
        if (claimed !== undefined && claimed !== replaces) return { write: 'keep', result: claimed };
        const expiresAt = clock.now() + longest.session;
        return { write: { value: { grantId: fresh }, expiresAt }, result: fresh };
      });
    },
  };
}

/** Models whose holder is at once held against session, grant and account. */
const BEARERS = ['AccessToken', 'AuthorizationCode', 'RefreshToken'];

/** What the library reads next, one after the other, when it has found a token. */
function wantedWith(model: string, { accountId, grantId, sessionUid }: AdapterPayload): Key[] {
  if (!BEARERS.includes(model)) return [];
  return [
    ...(sessionUid === undefined ? [] : [sessionKey(sessionUid)]),
    ...(grantId === undefined ? [] : [modelKey('Grant', grantId)]),
    ...(accountId === undefined ? [] : [accountKey(accountId)]),
  ];
}

/** The payload without what would let a reader of the store act as its owner. */
function atRest(model: string, { jti: _, ...payload }: AdapterPayload): AdapterPayload {
  if (model !== 'Interaction' || !payload.session) return payload;
  const { cookie: __, ...session } = payload.session as { cookie?: string };
  return { ...payload, session } as AdapterPayload;
}

function alreadyUsed(model: string): Error {
  if (model === 'PushedAuthorizationRequest') {
    return new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used');
  }
  return new errors.InvalidGrant(`${model} was already used`);
}
