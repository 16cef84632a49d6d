/**
 * The goals of a person, each a deep module: sign in, enrol, register a client or an account. Flows call the pure
 * core for decisions and these ports for everything else. They know no HTTP, no template and no database.
 *
 * This file is every interface that the outside must supply.
 */
import type { Account, Person, Role, Sealed } from '../core/account.ts';
import type { Agreement, ClientMetadata } from '../core/client.ts';
import type { ClientRecord, ClientVersion } from '../core/client-record.ts';
import type { Agreed } from '../core/consent.ts';
import type { Queue } from '../core/delivery.ts';
import type { AccountEvent, Origin, RecordedEvent } from '../core/event.ts';
import type { Facts } from '../core/facts.ts';
import type { Mail } from '../core/mail.ts';

import type { Counted, Standing, Timed } from '../core/metric.ts';
import type { SigningAlgorithm, SigningKey } from '../core/signing-key.ts';
import type { Counts, LoginOutcome, Period } from '../core/statistics.ts';
import type { Admission, CrowdRule, ThrottleRule } from '../core/throttle.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Structured log lines; never a password, code, secret, token or cookie among the facts. */
export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Figures for those who run the service; what there is stands in `core/metric.ts`. None of these throws. */
export interface Metrics {
  /** It happened once more. */
  count<Name extends keyof Counted>(name: Name, labels: Counted[Name]): void;
  took<Name extends keyof Timed>(name: Name, seconds: number, labels: Timed[Name]): void;
  /** `read` is asked at every scrape; when it fails the figure is missing, which is an alert by itself. */
  stands<Name extends keyof Standing>(
    name: Name,
    labels: Standing[Name],
    read: () => number | Promise<number>,
  ): void;
}

/** Figures of logins for the console: shared by all instances, a few seconds late, kept for forty days. */
export interface Statistics {
  /** It happened once more, at this client. Never throws, and nobody waits for it. */
  count(outcome: LoginOutcome, clientId?: string): void;
  /** Oldest first: at one client, or at all. By the minute (`hours`) nothing is kept of one client. */
  of(period: Period, clientId?: string): Promise<Counts[]>;
  /** Resolves when what was counted here can be seen everywhere. */
  flush(): Promise<void>;
}

/** Work that no page waits for. */
export interface Background {
  /** A failure is logged under `what`. */
  run(what: string, task: () => Promise<void>): void;
  /** Resolves when everything under way has ended. */
  drain(): Promise<void>;
}

export interface Random {
  /** Bytes of the system's cryptographic source. */
  bytes(count: number): Uint8Array;
  /** An unguessable, URL-safe identifier of 128 bits or more. */
  id(): string;
}

/** What an update makes of an account. The same account and no events: nothing is written. */
export interface Change<R> {
  readonly account: Account;
  readonly events?: readonly AccountEvent[];
  readonly result: R;
}

export interface Accounts {
  find(id: string): Promise<Account | undefined>;
  findByUsername(username: string): Promise<Account | undefined>;
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

/** What has happened in each interaction, kept no longer than the interaction. */
export interface Progress {
  /** This request will want the facts: they are asked for side by side with what else it wants. */
  expect(uid: string): void;
  load(uid: string): Promise<Facts>;
  /** Compare-and-set, as {@link Accounts.update}; answers the facts as stored. */
  record(uid: string, expiresAt: number, change: (facts: Facts) => Facts): Promise<Facts>;
}

export interface Throttles {
  /** Counts a try of `purpose` by `subject` and admits it, or refuses it. Exact under any concurrency. */
  attempt(purpose: string, subject: string, rule: ThrottleRule | CrowdRule): Promise<Admission>;
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

export interface PasswordHasher {
  /** A PHC string (`$argon2id$…`). Never computed in the event loop. Throws {@link Overloaded}. */
  hash(secret: string): Promise<string>;
  /** With no hash (unknown account) it does the same work and answers false. Throws {@link Overloaded}. */
  verify(hash: string | undefined, secret: string): Promise<boolean>;
  /**
   * Defined when more passwords wait than can be checked in a bearable time: in how many milliseconds to come back, so
   * that everybody gets a time of their own. To be asked before anything is done for a request that needs a hash.
   */
  busyMs(): number | undefined;
  /** Whether the hash was made with weaker parameters than today's. */
  outdated(hash: string): boolean;
}

/** The store can't be reached or refuses to work. Pages answer it with 503. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** A record of the store is there and can't be read. `where` names it; nobody else suffers from it. */
export class CorruptRecord extends Error {
  override readonly name = 'CorruptRecord';
  constructor(where: string) {
    super(`the record ${where} can not be read`);
  }
}

/** More was asked of the password hasher than it can do in a bearable time. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}

/** For figures and alerts. */
export function faultKind(error: unknown): Counted['kapu_faults_total']['kind'] {
  if (error instanceof StoreUnavailable) return 'store-unavailable';
  if (error instanceof CorruptRecord) return 'corrupt-record';
  return error instanceof Overloaded ? 'overloaded' : 'other';
}

/** Looks at a sealed value and answers what shall take its place: the same to leave it. */
export type SealedVisitor = (sealed: Sealed, context: string) => Sealed;

/** Somewhere that sealed values are kept for good. */
export interface SealedPlace {
  readonly name: string;
  /** Shows every value to `visitor` and stores what it changes by compare-and-set; a step for each page. */
  visit(visitor: SealedVisitor): AsyncGenerator<void>;
}

export interface SecretBox {
  readonly newestKeyId: string;
  /** AES-256-GCM under the newest key; `context` (account and purpose) is authenticated with it. */
  seal(plain: string, context: string): Sealed;
  /** Undefined when the key is unknown, a bit was flipped or the context is another; an alarm is logged. */
  open(sealed: Sealed, context: string): string | undefined;
}

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

/** RFC 7517, with the private part. */
export interface PrivateJwk {
  readonly kid: string;
  readonly kty?: string;
  readonly alg: SigningAlgorithm;
  readonly [member: string]: unknown;
}

export interface SigningKeyStore {
  /** None before the first start. */
  load(): Promise<readonly SigningKey[]>;
  /** Compare-and-set, as {@link Accounts.update}; tells all instances when `change` answers other keys. */
  update(change: (keys: readonly SigningKey[]) => readonly SigningKey[]): Promise<readonly SigningKey[]>;
  /** Calls when any instance has changed the keys; a call may be missed. Resolves when it listens. */
  onChange(listener: () => void): Promise<void>;
}

/** How the queue of what leaves the house stands. */
export interface Queues {
  lengths(): Promise<readonly { readonly queue: Queue; readonly due: number; readonly dead: number }[]>;
}

export interface Mailer {
  /**
   * Takes a mail over: when this resolves it is kept and will be sent, whatever the mail server does. Where the time
   * that the write takes would tell whether an account exists, post in the background.
   */
  post(mail: Mail): Promise<void>;
}

export interface History {
  /** This request will add to it, as {@link Progress.expect}. */
  expect(accountId: string): void;
  append(accountId: string, event: AccountEvent): Promise<void>;
  /** Newest first, `limit` at most; those older than the event with the cursor `before`, none for a strange cursor. */
  of(accountId: string, limit: number, before?: string): Promise<RecordedEvent[]>;
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
  /** Notes where a session was begun; only the first time counts. */
  describe(uid: string, origin: SessionOrigin): Promise<void>;
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
  /** Those that were given and not ended; some may have expired. */
  of(accountId: string): Promise<GrantRef[]>;
  /** At once: no token of it works any more, and nothing brings it back. */
  end(accountId: string, grant: GrantRef): Promise<void>;
}

/** What an update makes of a client; without a version nothing is written. */
export interface ClientChange<R> {
  readonly record: ClientRecord;
  readonly version?: ClientVersion;
  readonly result: R;
}

export interface Clients {
  /** The metadata that oidc-provider reads; undefined for an unknown and for a disabled one. */
  find(id: string): Promise<ClientMetadata | undefined>;
  record(id: string): Promise<ClientRecord | undefined>;
  /** Records in the order of their ids, after the id `after`. */
  list(page: { after?: string; limit: number }): Promise<ClientRecord[]>;
  /** Those of an account, which has few, in the order of their ids. */
  ownedBy(accountId: string): Promise<ClientRecord[]>;
  /** Answers false, with nothing stored, when the `client_id` is taken. */
  create(record: ClientRecord, version: ClientVersion): Promise<boolean>;
  /** Compare-and-set, as {@link Accounts.update}; the version is in the same atomic write. */
  update<R>(id: string, change: (record: ClientRecord) => ClientChange<R>): Promise<R | undefined>;
  /** Answers false for an unknown client, and where `version` answers undefined. Its versions are kept. */
  remove(id: string, version: (record: ClientRecord) => ClientVersion | undefined): Promise<boolean>;
  /** Newest first, of a removed client too; `before` is a cursor. */
  versions(
    id: string,
    page: { before?: string; limit: number },
  ): Promise<{ readonly cursor: string; readonly version: ClientVersion }[]>;
  /** Hears the id of every client that is registered, changed or removed, on whichever instance. */
  onChange(listener: (clientId: string) => void): Promise<void>;
}

/** Portals' logos, PNG files of ours. */
export interface Logos {
  /** Answers the name that it is found by: the same for the same bytes. */
  keep(png: Uint8Array): Promise<string>;
  find(name: string): Promise<Buffer | undefined>;
}

/** Leave to register one client, as it is kept. Times in milliseconds since the epoch. */
export interface IssuedAccess {
  readonly id: string;
  readonly agreement: Agreement;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface InitialAccessTokens {
  /** Answers an unguessable token of 256 bits, and the id that it is called by from then on. */
  issue(access: Omit<IssuedAccess, 'id'>): Promise<{ token: string; id: string }>;
  /** Undefined for an unknown, expired, spent or withdrawn one. */
  find(token: string): Promise<Agreement | undefined>;
  /** Under concurrency exactly one call answers true. */
  spend(token: string): Promise<boolean>;
  withdraw(id: string): Promise<boolean>;
  /** The next to expire first. */
  list(): Promise<IssuedAccess[]>;
}

/** oidc-provider's own rules for client metadata. */
export interface ClientRules {
  /** Resolves to the reason in the words of the specification's error description, or undefined. */
  fault(metadata: ClientMetadata): Promise<string | undefined>;
}

/**
 * `fetch` for addresses that a portal registered, GET and POST only. Private networks, plain http (both but for hosts
 * that the operator allows), redirects, compressed, large and slow answers end in {@link OutgoingRefused}. Documents
 * are kept for a short while, so that nobody can make us ask a portal over and over.
 */
export type OutgoingFetch = (
  address: string | URL,
  init?: Pick<RequestInit, 'method' | 'headers' | 'body' | 'signal'>,
) => Promise<Response>;

/** Why a request for a portal was not made, or its answer not read. */
export class OutgoingRefused extends Error {
  override readonly name = 'OutgoingRefused';
  readonly because:
    | 'credentials'
    | 'not-https'
    | 'private-address'
    | 'unreachable'
    | 'redirect'
    | 'compressed'
    | 'too-large'
    | 'too-slow';
  constructor(because: OutgoingRefused['because'], options?: ErrorOptions) {
    super(`outgoing request: ${because}`, options);
    this.because = because;
  }
}

/** Accounts with which something is to be done at a time; times are milliseconds since the epoch. */
export interface DueAccounts {
  add(accountId: string, at: number): Promise<void>;
  remove(accountId: string, at: number): Promise<void>;
  /** Those that are due, oldest first, each to one caller: who crashes with one has only delayed it by minutes. */
  takeDue(limit: number): Promise<readonly { readonly accountId: string; readonly at: number }[]>;
  /** The next due first. */
  list(limit: number): Promise<readonly { readonly accountId: string; readonly at: number }[]>;
}

export interface OneTimeTokens {
  /** Answers an unguessable token of 256 bits that leads to `payload` once, within `lifetimeMs`. */
  issue(purpose: string, payload: unknown, lifetimeMs: number): Promise<string>;
  /** Spends the token; undefined for an unknown, expired or spent one. Under concurrency exactly one call wins. */
  redeem<T>(purpose: string, token: string): Promise<T | undefined>;
}
