/**
 * The narrow waist: everything Kapu keeps passes through this contract. It has two engines, Redis and LMDB,
 * and one conformance suite (`test/contract`). It must not know what an account or a token is.
 *
 * A document lives in a *partition* (a Redis Cluster hash tag): writes to one partition are atomic together,
 * writes to two partitions never are.
 */

/**
 * Where a document, a set or a stream lives; the three never meet, even under one name. Any text will do, however
 * long and strange, for names and partitions come from requests too.
 */
export interface Key {
  readonly partition: string;
  readonly name: string;
}

/** One text for each key. */
export const keyText = ({ partition, name }: Key): string => `${partition}\u0000${name}`;

const TIP = 'chain:';

/**
 * A document that changes with every entry of a stream, and is of no use without it: the engine may keep it where the
 * entries are, and tells both of one moment. To callers it is a document as any other, but is never counted.
 */
export const tipOf = ({ partition, name }: Key): Key => ({ partition, name: `${TIP}${name}` });
/** The stream whose tip it is, if it is one. */
export const streamOfTip = ({ partition, name }: Key): Key | undefined =>
  name.startsWith(TIP) ? { partition, name: name.slice(TIP.length) } : undefined;

/** A stored document. `version` changes with every write and is never used twice, not even after a removal. */
export interface Entry<T> {
  readonly value: T;
  readonly version: string;
  /** Whole milliseconds since the epoch, from then on it is gone; absent: kept until removed. */
  readonly expiresAt?: number;
}

/** What a write demands of the document that it replaces: a version as read, or that there is none. */
export type Expectation = { readonly version: string } | 'absent';

/** Values are what JSON can carry. */
export type Write =
  | {
      readonly kind: 'put';
      readonly name: string;
      readonly value: unknown;
      readonly expiresAt?: number;
      readonly expect?: Expectation;
      /** For who wants to know it: one that `newVersion` made for this write. */
      readonly version?: string;
    }
  | { readonly kind: 'remove'; readonly name: string; readonly expect?: Expectation }
  /** Adds a member (900 bytes of UTF-8 at most) to a set; adding it again only moves its expiry. */
  | { readonly kind: 'add'; readonly set: string; readonly member: string; readonly expiresAt?: number }
  | { readonly kind: 'drop'; readonly set: string; readonly member: string }
  /** Appends to a stream and keeps the newest `keep` entries, 1 at least. */
  | { readonly kind: 'append'; readonly stream: string; readonly value: unknown; readonly keep: number };

/** What one commit makes anew. */
export interface Holding {
  readonly partition: string;
  readonly writes: readonly Write[];
}

export interface StreamEntry<T> {
  /** Opaque, ordered cursor. */
  readonly id: string;
  /** Null, which nobody appends, in place of an entry that can't be read. */
  readonly value: T | null;
}

/** May not throw. */
export type NoticeListener = (message: string) => void;

export interface Store {
  /** Answers undefined for a document that is absent or expired. */
  get<T>(key: Key): Promise<Entry<T> | undefined>;

  /** As {@link get}, for many keys of any partitions at once: one round trip where the engine allows it. */
  getMany<T>(keys: readonly Key[]): Promise<(Entry<T> | undefined)[]>;

  /**
   * Carries out all writes, in their order, or none. Expectations are about the state before the first write; an
   * expired document counts as absent. Answers false, with nothing written, when one no longer stands. When it
   * resolves with true, the engine has acknowledged the writes (LMDB: flushed to disk; Redis: as its `appendfsync`
   * says, by as many replicas as `REDIS_WAIT_REPLICAS` asks for). When it rejects, nobody knows: they may be carried
   * out, wholly, or not.
   */
  commit(partition: string, writes: readonly Write[]): Promise<boolean>;

  /**
   * Adds `by` to the whole number that a document holds and answers what it stands at then; one that is absent or
   * expired begins at 0 and lives until `expiresAt`, which later calls don't move. Exact under any concurrency, in one
   * step: for what so many change at once that compare-and-set would wear itself out.
   */
  count(key: Key, by: number, expiresAt: number): Promise<number>;

  /** Live members of a set in ascending order of their bytes, `limit` at most (else all), beginning after `after`. */
  members(set: Key, page?: { after?: string; limit?: number }): Promise<string[]>;

  /**
   * Entries of a stream, newest first, `limit` at most (else all), beginning before (older than) `before`;
   * none for a cursor that no engine hands out, for cursors come back in addresses.
   */
  range<T>(stream: Key, page?: { before?: string; limit?: number }): Promise<StreamEntry<T>[]>;

  /**
   * Tells all that listen to `topic`, in this process and in every other that uses the same data, within a second.
   * A notice is no message: it is lost where the connection is down, may come twice or after a later one, and carries
   * no secret. So it only says that something is worth reading again, and whoever listens reads now and then without
   * it, too.
   */
  notify(topic: string, message: string): Promise<void>;

  /**
   * Hears the notices of a topic, this process's own included, until the store is closed. Resolves when it listens;
   * with the engine out of reach it resolves all the same, and listens from the moment on when that is back.
   */
  onNotice(topic: string, listener: NoticeListener): Promise<void>;

  /** Resolves when the engine answers; rejects with {@link StoreUnavailable} when it does not. */
  ping(): Promise<void>;

  /** Lets commands in flight end. Afterwards every call rejects with {@link StoreUnavailable}. */
  close(): Promise<void>;
}

/** A store as its engine keeps it: {@link openStore} hands out the same, with documents in today's shape. */
export interface Engine extends Store {
  /**
   * Everything that is held and has not expired, as commits that make it anew elsewhere: a document, some members of
   * a set, or a whole stream with its oldest entry first, before it on Redis its tip. LMDB tells what there was at one moment. Redis tells all
   * that was there from the beginning to the end, of what changed meanwhile the state before or after, and may tell
   * something twice. Rejects with {@link StoreUnavailable}, also when Redis was restarted or replaced meanwhile.
   */
  walk(): AsyncGenerator<Holding>;
}

const LONGEST_MEMBER_BYTES = 900;

/** LMDB's keys have an end, and a member is part of one. */
export function checkedMember(member: string): string {
  if (Buffer.byteLength(member) > LONGEST_MEMBER_BYTES)
    throw new RangeError('a member has 900 bytes at most');
  return member;
}
