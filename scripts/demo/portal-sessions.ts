/** Who is at the demo portal, in memory: a restart logs everybody out of the portal, not of the provider. */
import { randomBytes } from 'node:crypto';
import type { Visitor } from './portal-pages.ts';

/** What must come back with the authorization response (PKCE, state, nonce). */
export interface Request {
  readonly codeVerifier: string;
  readonly nonce: string;
}

export interface Session {
  /** Requests under way by their state: two tabs don't disturb each other. */
  readonly requests: Map<string, Request>;
  readonly visitor?: Visitor & { readonly rawIdToken: string };
}

const MAX_SESSIONS = 1_000;
const MAX_REQUESTS = 20;

export function portalSessions() {
  const sessions = new Map<string, Session>();

  const find = (id: string | undefined) => (id === undefined ? undefined : sessions.get(id));

  function begin(session: Session): string {
    dropOldest(sessions, MAX_SESSIONS);
    const id = randomBytes(24).toString('base64url');
    sessions.set(id, session);
    return id;
  }

  return {
    find,
    begin,

    /** Answers the identifier of a session that now waits for the response to `request`. */
    expect(id: string | undefined, state: string, request: Request): string {
      const known = find(id);
      const requests = known?.requests ?? new Map<string, Request>();
      dropOldest(requests, MAX_REQUESTS);
      requests.set(state, request);
      return id !== undefined && known ? id : begin({ requests });
    },

    end: (id: string): void => void sessions.delete(id),
  };
}

function dropOldest(entries: Map<string, unknown>, most: number): void {
  const [oldest] = entries.keys();
  if (entries.size >= most && oldest !== undefined) entries.delete(oldest);
}
