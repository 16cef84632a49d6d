/**
 * The narrow waist: everything Kapu keeps passes through this contract. It has two engines, Redis and LMDB,
 * and one conformance suite (`test/contract`). It must not know what an account or a token is.
 *
 * A document lives in a *partition* (a Redis Cluster hash tag): writes to one partition are atomic together,
 * writes to two partitions never are.
 */

/** Where a document, a set or a stream lives. `partition` may not contain braces. */
export interface Key {
  readonly partition: string;
  readonly name: string;
}

/** A stored document. `version` changes with every write and is never used twice, not even after a removal. */
export interface Entry<T> {
  readonly value: T;
  readonly version: string;
  /** Milliseconds since the epoch; absent: kept until removed. */
  readonly expiresAt?: number;
}

/** What a write demands of the document that it replaces: a version as read, or that there is none. */
export type Expectation = { readonly version: string } | 'absent';

export type Write =
  | {
      readonly kind: 'put';
      readonly name: string;
      readonly value: unknown;
      readonly expiresAt?: number;
      readonly expect?: Expectation;
    }
  | { readonly kind: 'remove'; readonly name: string; readonly expect?: Expectation }
  /** Adds a member to a set; adding it again only moves its expiry. */
  | { readonly kind: 'add'; readonly set: string; readonly member: string; readonly expiresAt?: number }
  | { readonly kind: 'drop'; readonly set: string; readonly member: string }
  /** Appends to a stream and keeps the newest `keep` entries. */
  | { readonly kind: 'append'; readonly stream: string; readonly value: unknown; readonly keep: number };

export interface StreamEntry<T> {
  /** Opaque, ordered cursor. */
  readonly id: string;
  readonly value: T;
}

export interface Store {
  /** Answers undefined for a document that is absent or expired. */
  get<T>(key: Key): Promise<Entry<T> | undefined>;

  /** As {@link get}, for many keys of any partitions at once: one round trip where the engine allows it. */
  getMany<T>(keys: readonly Key[]): Promise<(Entry<T> | undefined)[]>;

  /**
   * Carries out all writes or none. Answers false, with nothing written, when an expectation no longer stands;
   * an expired document counts as absent. When it resolves with true, the engine has acknowledged the writes
   * (LMDB: flushed to disk; Redis: as its `appendfsync` says).
   */
  commit(partition: string, writes: readonly Write[]): Promise<boolean>;

  /** Live members of a set in ascending order, `limit` at most, beginning after `after`. */
  members(set: Key, page?: { after?: string; limit?: number }): Promise<string[]>;

  /** Entries of a stream, newest first, `limit` at most, beginning before (older than) `before`. */
  range<T>(stream: Key, page?: { before?: string; limit?: number }): Promise<StreamEntry<T>[]>;

  /** Resolves when the engine answers; rejects with {@link StoreUnavailable} when it does not. */
  ping(): Promise<void>;

  close(): Promise<void>;
}

/** The engine can't be reached or refuses to work. The one fault of a store that pages answer with 503. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
