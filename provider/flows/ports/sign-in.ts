/** What proving who one is needs: the facts of an interaction, throttles, the work of hashing. */
import type { Sealed } from '../../core/account.ts';
import type { Facts } from '../../core/facts.ts';
import type { Admission, CrowdRule, ThrottleRule } from '../../core/throttle.ts';

/** What has happened in each interaction, kept no longer than the interaction. */
export interface Progress {
  /** An interaction that is made in this request: nothing has happened in it yet. */
  began(uid: string): void;
  /** Goes with the browser to the page that it is sent to, which then need not read what this request has read. */
  ticket(): string | undefined;
  /** The browser goes back to oidc-provider, which will want the interaction. */
  returning(uid: string, ticket: string): void;
  /**
   * This request will want the facts, and whom they speak of: they are asked for side by side with what else it wants.
   * `answering`: something will be written into the account's history; nothing is decided by what was left under a ticket.
   */
  expect(uid: string, how: { readonly answering: boolean; readonly ticket?: string | undefined }): void;
  /** Beside that it will be asked whether the person has logged in before: {@link History.hasLogin}. */
  expectWhetherNew(uid: string): void;
  load(uid: string): Promise<Facts>;
  /** Compare-and-set, as {@link Accounts.update}; answers the facts as stored. */
  record(uid: string, expiresAt: number, change: (facts: Facts) => Facts): Promise<Facts>;
}

export interface Throttles {
  /** Counts a try of `purpose` by `subject` and admits it, or refuses it. Exact under any concurrency. */
  attempt(purpose: string, subject: string, rule: ThrottleRule | CrowdRule): Promise<Admission>;
  /** This request will ask {@link calm}, as {@link Progress.expect}. */
  expect(purpose: string, subject: string, rule: CrowdRule): void;
  /** Whether fewer than half of the tries of the present stretch of time are used up. */
  calm(purpose: string, subject: string, rule: CrowdRule): Promise<boolean>;
  /** Counts, and refuses nothing: how many there were in the present stretch of time, and when it ends. */
  count(
    purpose: string,
    subject: string,
    rule: CrowdRule,
  ): Promise<{ readonly count: number; readonly end: number }>;
  /** Takes one try back: it was right. */
  giveBack(purpose: string, subject: string, rule: ThrottleRule | CrowdRule): Promise<void>;
  /** Forgets all tries of a {@link ThrottleRule}. */
  clear(purpose: string, subject: string): Promise<void>;
}

/** What was answered to requests that create something, so that one that comes twice creates once. */
export interface AnsweredRequests {
  /** Takes `id` for a request that begins now. Of any number of callers one hears `begun`; the others what there is. */
  begin(
    id: string,
    fingerprint: string,
    expiresAt: number,
  ): Promise<'begun' | { readonly fingerprint: string; readonly answer?: Sealed }>;
  keep(id: string, answered: { fingerprint: string; answer: Sealed }, expiresAt: number): Promise<void>;
  /** Nothing was created: another try may begin. */
  forget(id: string): Promise<void>;
}

/** Where a login begins, before anything is done for it. */
export interface Entrance {
  /**
   * Lets one more in; or answers in how many milliseconds to come back, everybody at a time of their own. While there is
   * little room, nobody's network address has nearly all of it.
   */
  busyMs(address: string): number | undefined;
  /**
   * Whether the bearer of a session may go past the pace, for they have been let in before: some times a second, as
   * often as anybody opens portals. Nobody knows here whether it still lives.
   */
  passes(sessionId: string): boolean;
  /** Whether what was pushed under this reference may go past the pace: it would run out meanwhile. A few times in all. */
  opens(requestUri: string): boolean;
}

/** Requests of logins begin one after the other, so that everybody else is served between them. */
export interface Turns {
  /** How long, in milliseconds, one that comes now would wait. */
  waitMs(): number;
  /**
   * Defined when that is more than is bearable at this stage, or when it is long and this network address has had its part: in how many
   * milliseconds to come back, everybody at a time of their own.
   */
  busyMs(address: string, stage: 'opening' | 'typed'): number | undefined;
  /** Settles when one may begin. Undefined: at once. */
  mine(): Promise<void> | undefined;
}

export interface PasswordHasher {
  /** A PHC string (`$argon2id$…`). Never computed in the event loop. Throws {@link Overloaded}. */
  hash(secret: string): Promise<string>;
  /** With no hash (unknown account) it does the same work and answers false. Throws {@link Overloaded}. */
  verify(hash: string | undefined, secret: string): Promise<boolean>;
  /**
   * Defined when more passwords wait than can be checked in a bearable time: in how many milliseconds to come back, so
   * that everybody gets a time of their own. To be asked before anything is done for a request that needs a hash;
   * with `entering` before anything of a login.
   */
  busyMs(stage?: 'entering' | 'typed'): number | undefined;
  /** Whether the hash was made with weaker parameters than today's. */
  outdated(hash: string): boolean;
}
