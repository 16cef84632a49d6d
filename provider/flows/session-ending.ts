/**
 * The one way in which sessions end: by the person, by another login with the same browser, by a change that makes old
 * sessions doubtful, by the desk. With a session end the grants of its portals, and with them every token;
 * the portals are told.
 */
import type { GrantRef, Grants, LiveSession, LogoutNotice, LogoutNotices, Sessions } from './ports.ts';

export interface SessionEndingPorts {
  readonly sessions: Sessions;
  readonly grants: Grants;
  readonly logoutNotices: LogoutNotices;
}

export type SessionEnding = ReturnType<typeof sessionEnding>;

export function sessionEnding({ sessions, grants, logoutNotices }: SessionEndingPorts) {
  /** Ends one session and what hangs on it, and tells its portals. An unknown or ended one is no mistake. */
  async function endOne(uid: string): Promise<void> {
    const ending = await sessions.find(uid);
    // Told first: should we break down in between, a portal hears of an end that comes later, and never of none.
    const told = noticesOf(ending);
    await Promise.all(told.map(logoutNotices.post));
    const ended = (await sessions.end(uid)) ?? ending;
    const late = noticesOf(ended).filter(({ sid }) => !told.some((notice) => notice.sid === sid));
    await Promise.all(late.map(logoutNotices.post));
    await Promise.all(grantsIn(ended).map((grant) => grants.end(String(ended?.accountId), grant)));
  }

  /**
   * Ends all sessions of an account, but for the one with the uid `except`, and every grant that is not of that one:
   * those that outlive their session (`offline_access`) too. Answers how many sessions ended.
   */
  async function endAll(accountId: string, { except }: { except?: string } = {}): Promise<number> {
    const all = await sessions.of(accountId);
    const ending = all.filter(({ uid }) => uid !== except);
    await Promise.all(ending.map(({ uid }) => endOne(uid)));
    const kept = new Set(
      all
        .filter(({ uid }) => uid === except)
        .flatMap(grantsIn)
        .map(idOf),
    );
    const left = (await grants.of(accountId)).filter((grant) => !kept.has(idOf(grant)));
    await Promise.all(left.map((grant) => grants.end(accountId, grant)));
    return ending.length;
  }

  /** Ends every grant of one portal, in whichever session. */
  async function endGrantsOf(accountId: string, clientId: string): Promise<void> {
    const given = (await grants.of(accountId)).filter((grant) => grant.clientId === clientId);
    await Promise.all(given.map((grant) => grants.end(accountId, grant)));
  }

  return { endOne, endAll, endGrantsOf };
}

const idOf = ({ grantId }: GrantRef) => grantId;

function grantsIn(session: LiveSession | undefined): GrantRef[] {
  return (session?.portals ?? []).flatMap(({ clientId, grantId }) =>
    grantId === undefined ? [] : [{ clientId, grantId }],
  );
}

function noticesOf(session: LiveSession | undefined): LogoutNotice[] {
  if (!session) return [];
  const { accountId, portals } = session;
  return portals.flatMap(({ clientId, sid }) => (sid === undefined ? [] : [{ clientId, accountId, sid }]));
}
