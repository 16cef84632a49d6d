/** A session as it is stored, and what two requests that save it at once make of it. Values in, values out. */
import type { AdapterPayload } from 'oidc-provider';
import type { LiveSession, SessionOrigin } from '../../provider/flows/ports.ts';

export type Payload = AdapterPayload;

export interface StoredSession {
  readonly payload: Payload;
  /** The hash of the id that counts now; a pointer from any other id is stale. */
  readonly idHash: string;
  /** Ids that counted before: who still writes under one is behind and may add portals, no more. */
  readonly retired: readonly string[];
  readonly origin?: SessionOrigin;
}

const RETIRED_KEPT = 8;

/** Whether a session names a grant that it did not name `before`. */
export function givesGrant(before: Payload | undefined, { authorizations = {} }: Payload): boolean {
  return Object.entries(authorizations).some(
    ([clientId, { grantId }]) =>
      grantId !== undefined && grantId !== before?.authorizations?.[clientId]?.grantId,
  );
}

export function live(uid: string, { payload, origin }: StoredSession): LiveSession {
  const { accountId, acr, loginTs = 0, exp = 0, authorizations = {} } = payload;
  const portals = Object.entries(authorizations).map(([clientId, { sid, grantId }]) => ({
    clientId,
    ...(sid !== undefined && { sid }),
    ...(grantId !== undefined && { grantId }),
  }));
  return {
    uid,
    accountId: String(accountId),
    ...(acr !== undefined && { acr }),
    authenticatedAt: loginTs * 1000,
    expiresAt: exp * 1000,
    portals,
    ...(origin && { origin }),
  };
}

/** A copy: the library writes into what it gets, and what was read must stay what it was. */
export function withId({ payload }: StoredSession, id: string): AdapterPayload {
  return { ...structuredClone(payload), jti: id };
}

export function merged(stored: StoredSession, incoming: Payload, idHash: string): StoredSession {
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
