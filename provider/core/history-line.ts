/** One entry of a history as it is told outside: the one shape of every export, and of the Admin API. */
import type { Content } from './chain.ts';

export interface HistoryPlace {
  readonly history: 'account' | 'client' | 'journal';
  /** Whose it is: of the account, or of the client. */
  readonly id?: string;
  /** Its number in the chain. */
  readonly seq?: number | undefined;
}

/**
 * Members that are absent are not known. Names are those of the Admin API, times ISO 8601 in UTC; the rest is as it was
 * written, of which nothing is secret. An entry that can't be read says so by its `kind` and has no time.
 */
export function historyLine(content: Content, { history, id, seq }: HistoryPlace) {
  const { kind, act, at, accountId, clientId, userAgent, authenticatorId, authenticatorName, ...rest } =
    content;
  return {
    ...rest,
    history,
    ...(seq !== undefined && { seq }),
    kind: String(kind ?? act),
    ...(isMoment(at) && { at: new Date(at).toISOString() }),
    account_id: history === 'account' ? id : accountId,
    client_id: history === 'client' ? id : clientId,
    user_agent: userAgent,
    device_id: authenticatorId,
    device: authenticatorName,
    ...('changes' in rest && { changes: changesTold(rest.changes) }),
  };
}

/** Whoever tampers may write any number. */
export const isMoment = (at: unknown): at is number =>
  typeof at === 'number' && !Number.isNaN(new Date(at).getTime());

/** `familyName` as everybody else calls it: `family_name`. */
function changesTold(changes: unknown): unknown {
  if (!Array.isArray(changes)) return changes;
  return changes.map((change: Content) => ({
    ...change,
    field: String(change.field).replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  }));
}
