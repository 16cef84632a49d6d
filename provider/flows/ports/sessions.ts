/** Who is logged in where, and what portals may do in their name. */
import type { Origin } from '../../core/event.ts';

/** One portal to be told that a session, known to it as `sid`, has ended. */
export interface LogoutNotice {
  readonly clientId: string;
  readonly accountId: string;
  readonly sid: string;
}

export interface LogoutNotices {
  /**
   * Takes a notice over (OpenID Connect Back-Channel Logout 1.0): when this resolves it is kept and will be sent,
   * until the portal has heard it. Does nothing for a portal without a `backchannel_logout_uri`.
   */
  post(notice: LogoutNotice): Promise<void>;
}

/** Where a session was begun. */
export interface SessionOrigin extends Origin {
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A portal that a session has logged in at; `sid` is the session as that portal knows it. */
export interface SessionPortal {
  readonly clientId: string;
  readonly sid?: string;
  readonly grantId?: string;
}

/** Somebody logged in with a browser. Times are milliseconds since the epoch. */
export interface LiveSession {
  readonly uid: string;
  readonly accountId: string;
  readonly acr?: string;
  readonly authenticatedAt: number;
  readonly expiresAt: number;
  readonly portals: readonly SessionPortal[];
  readonly origin?: SessionOrigin;
}

export interface Sessions {
  of(accountId: string): Promise<LiveSession[]>;
  /** Where a session was begun that this request will save; only the first time counts. */
  describe(uid: string, origin: SessionOrigin): void;
  /** Undefined for one that has ended, and for one in which nobody is logged in. */
  find(uid: string): Promise<LiveSession | undefined>;
  /**
   * For good: a request still in flight does not bring it back. Answers it as it was at that moment, with what such
   * requests had added; undefined for one that had ended, and for one in which nobody was logged in.
   */
  end(uid: string): Promise<LiveSession | undefined>;
}

/** What a portal may do in the name of a person: every token hangs on one. */
export interface GrantRef {
  readonly clientId: string;
  readonly grantId: string;
}

export interface Grants {
  /** This request will want it, as {@link Progress.expect}. */
  expect(grantId: string): void;
  /** Those that were given and not ended; some may have expired. */
  of(accountId: string): Promise<GrantRef[]>;
  /** At once: no token of it works any more, and nothing brings it back. */
  end(accountId: string, grant: GrantRef): Promise<void>;
}
