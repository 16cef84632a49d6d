/** The portals' clients, and what the server asks of their addresses. */

import type { Agreement, ClientMetadata } from '../../core/client.ts';
import type { ClientRecord, ClientVersion } from '../../core/client-record.ts';

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
  /** Newest first, of a removed client too; `before` is a cursor. One that can't be read has no version. */
  versions(
    id: string,
    page: { before?: string; limit: number },
  ): Promise<{ readonly cursor: string; readonly version?: ClientVersion }[]>;
  /** Hears the id of every client that is registered, changed or removed, on whichever instance. */
  onChange(listener: (clientId: string) => void): Promise<void>;
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
