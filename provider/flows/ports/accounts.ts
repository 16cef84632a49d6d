/** People: their accounts, what happened to them, what they agreed to. */
import type { Account, Person, Role } from '../../core/account.ts';
import type { Agreed } from '../../core/consent.ts';
import type { AccountEvent, RecordedEvent } from '../../core/event.ts';
import type { HistoryFilter } from '../../core/history-filter.ts';
import type { JournalEntry } from '../../core/journal.ts';
import type { Mail } from '../../core/mail.ts';
import type { Unreadable } from '../../core/unreadable.ts';

/** What an update makes of an account. The same account and no events: nothing is written. */
export interface Change<R> {
  readonly account: Account;
  readonly events?: readonly AccountEvent[];
  /** Kept in the same write: each is sent, at least once, when the change is stored, and none when it is not. */
  readonly letters?: readonly Mail[];
  readonly result: R;
}

export interface Accounts {
  find(id: string): Promise<Account | undefined>;
  findByUsername(username: string): Promise<Account | undefined>;
  /** This request will look for it, as {@link Progress.expect}. */
  expectUsername(username: string): void;
  /**
   * Answers false, with nothing stored, when the user name is taken; by the account itself too, where its id comes
   * again. What a crash left half done is then completed.
   */
  create(account: Account, event: AccountEvent): Promise<boolean>;
  /**
   * Compare-and-set: `change` sees the newest account and may run several times; what it answers is stored with
   * its events in one atomic write before this resolves. Undefined for an unknown account.
   */
  update<R>(id: string, change: (account: Account) => Change<R>): Promise<R | undefined>;
  /**
   * Replaces an account by what is to be left of it, and takes with it all that hangs on it, its history too, in one
   * atomic write. False, with nothing written, where `remains` answers undefined.
   */
  erase(id: string, remains: (account: Account) => Account | undefined): Promise<boolean>;
  findByEmail(email: string): Promise<Account[]>;
  /**
   * Whose name, or name at birth, begins so; family name first, accents and capitals don't matter. In the order of names;
   * `next` is where another page goes on. A page may hold fewer than `limit`, and another one follow all the same.
   */
  findByName(
    prefix: string,
    page: { after?: string; limit: number },
  ): Promise<{ readonly accounts: readonly Account[]; readonly next?: string }>;
  /** Who may be the same person: name, date of birth and, where known, the mother's name. */
  namesakes(person: Person): Promise<Account[]>;
  /** Accounts in the order of their user names, after the user name `after`. */
  list(page: { after?: string; limit: number }): Promise<Account[]>;
}

/** Who surely has a role; who lately got or lost it may be missing. */
export interface Roster {
  of(role: Role): Promise<{ readonly accountIds: readonly string[]; readonly version: string }>;
  /** Compare-and-set: false, with nothing written, when the roster is no longer at `version`. */
  put(role: Role, accountIds: readonly string[], version: string): Promise<boolean>;
}

export interface History {
  /** This request will add to it, as {@link Progress.expect}. */
  expect(accountId: string): void;
  /** `letters` are kept in the same write, as those of a {@link Change}. */
  append(accountId: string, event: AccountEvent, letters?: readonly Mail[]): Promise<void>;
  /** Whether there was a login before; the oldest events may be gone by then, but not for so few. */
  hasLogin(accountId: string): Promise<boolean>;
  /** Newest first, `limit` at most; those older than the event with the cursor `before`, none for a strange cursor. */
  of(accountId: string, limit: number, before?: string): Promise<RecordedEvent[]>;
}

/** What was done with what is somebody else's, newest first. */
export interface Journal {
  /** What stands in no history of an account or a client; those are taken over by themselves. */
  append(entry: JournalEntry): Promise<void>;
  /**
   * `limit` at most, older than the place `before`; `next` is where to go on. A page may hold fewer, even none, and others
   * follow all the same: it looks through so many entries and no more.
   */
  find(
    filter: HistoryFilter,
    page: { readonly limit: number; readonly before?: string },
  ): Promise<{ readonly entries: readonly (JournalEntry | Unreadable)[]; readonly next?: string }>;
}

/** What a person agreed to give a portal. */
export interface Consent extends Agreed {
  readonly clientId: string;
  /** The first time; milliseconds since the epoch. */
  readonly givenAt: number;
}

export interface Consents {
  /** This request will want it, as {@link Progress.expect}. */
  expect(accountId: string, clientId: string): void;
  find(accountId: string, clientId: string): Promise<Consent | undefined>;
  /** All of a person's, in the order of the clients' ids. */
  of(accountId: string): Promise<Consent[]>;
  /** Adds to what was given before, together with its event. */
  give(accountId: string, consent: Consent, event: AccountEvent): Promise<void>;
  /** Takes it back, together with its event; false, with nothing written, when there was none. */
  withdraw(accountId: string, clientId: string, event: AccountEvent): Promise<boolean>;
}

/** Something is to be done with what the id says; times are milliseconds since the epoch. */
export interface Due {
  readonly id: string;
  readonly at: number;
}

export interface DueList {
  add(id: string, at: number): Promise<void>;
  remove(id: string, at: number): Promise<void>;
  /** What is due, oldest first, each to one caller: who crashes with one has only delayed it by minutes. */
  takeDue(limit: number): Promise<readonly Due[]>;
  /** The next due first. */
  list(limit: number): Promise<readonly Due[]>;
}

export interface OneTimeTokens {
  /** Answers an unguessable token of 256 bits that leads to `payload` once, within `lifetimeMs`. */
  issue(purpose: string, payload: unknown, lifetimeMs: number): Promise<string>;
  /** Spends the token; undefined for an unknown, expired or spent one. Under concurrency exactly one call wins. */
  redeem<T>(purpose: string, token: string): Promise<T | undefined>;
}

/** What staff look for: it is about people, and has no place in an address. */
export interface Searches {
  /** Answers an unguessable reference, which leads this account alone to the terms, on this page, for an hour. */
  keep(accountId: string, page: string, terms: Readonly<Record<string, string>>): Promise<string>;
  find(
    accountId: string,
    page: string,
    reference: string,
  ): Promise<Readonly<Record<string, string>> | undefined>;
}

/** What somebody typed into a form that they may send after they have logged in again. */
export interface Drafts {
  /** `form` is the address of its page. What is too large for a form is not kept. */
  keep(accountId: string, form: string, typed: Readonly<Record<string, string>>): Promise<void>;
  /** Once, and for a quarter of an hour. */
  take(accountId: string, form: string): Promise<Readonly<Record<string, string>> | undefined>;
}
