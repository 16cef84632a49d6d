/** The store on Redis, 6.2 or later: for more than one instance, and for production. */
import { type CommandParser, createClient, defineScript, TimeoutError } from 'redis';
import { StoreUnavailable } from '../provider/flows/ports.ts';
import {
  type Call,
  commitOf,
  documentKey,
  documentOf,
  entryOf,
  setKeys,
  streamKey,
  type WriteOf,
} from './redis-keys.ts';
import { COMMIT, MEMBERS } from './redis-scripts.ts';
import type { Key, Store } from './store.ts';

/** How long a page waits for Redis before it says 503. */
const DEADLINE_MS = 2_000;
/** A connection that brings nothing for so long is given up; the pings keep a healthy one from that. */
const SILENCE_MS = 5_000;
const PING_EVERY_MS = 2_000;
const LONGEST_PAUSE_MS = 2_000;

export interface RedisStoreOptions {
  /** `redis://` or, with TLS, `rediss://`; user, password and database in it if need be. */
  readonly url: string;
  readonly clock: { now(): number };
  /** Hears of lost connections, for the log; the calls that suffer from one reject anyway. */
  readonly onError?: (error: Error) => void;
}

/**
 * Answers when Redis does, and after two seconds at the latest: with Redis down the calls reject with
 * {@link StoreUnavailable}, from the moment on when it is up they work. Rejects for nothing but a malformed address.
 */
export async function openRedisStore({ url, clock, onError }: RedisStoreOptions): Promise<Store> {
  const link = await openLink(url, onError);

  async function putPlainly(partition: string, write: WriteOf<'put'>): Promise<boolean> {
    const { key, text, milliseconds } = documentOf(partition, write, clock.now());
    const expiration =
      milliseconds === undefined ? undefined : ({ type: 'PX', value: milliseconds } as const);
    await link.ask((redis) => redis.set(key, text, expiration && { expiration }));
    return true;
  }

  return {
    async get<T>(key: Key) {
      const at = documentKey(key);
      return entryOf<T>(await link.ask((redis) => redis.get(at)), clock.now());
    },

    async getMany<T>(keys: readonly Key[]) {
      const all = keys.map(documentKey);
      const texts = await link.ask((redis) => Promise.all(all.map((key) => redis.get(key))));
      return texts.map((text) => entryOf<T>(text, clock.now()));
    },

    async commit(partition, writes) {
      const [first, ...others] = writes;
      if (!first) return true;
      if (others.length === 0 && first.kind === 'put' && !first.expect) return putPlainly(partition, first);
      const call = commitOf(partition, writes, clock.now());
      return (await link.ask((redis) => redis.commit(call))) === 1;
    },

    async members(set, { after, limit = -1 } = {}) {
      const from = after === undefined ? '-' : `(${after}`;
      const call = { keys: setKeys(set), args: [`${clock.now()}`, from, `${limit}`] };
      return link.ask((redis) => redis.members(call));
    },

    async range<T>(stream: Key, { before, limit }: { before?: string; limit?: number } = {}) {
      if (before !== undefined && !/^[1-9]\d{0,17}-\d{1,18}$/.test(before)) return [];
      const key = streamKey(stream);
      const from = before === undefined ? '+' : `(${before}`;
      const page = limit === undefined ? undefined : { COUNT: limit };
      const entries = await link.ask((redis) => redis.xRevRange(key, from, '-', page));
      return (entries ?? []).map(({ id, message }) => ({
        id,
        value: JSON.parse(message.value ?? 'null') as T,
      }));
    },

    async ping() {
      await link.ask((redis) => redis.ping());
    },

    close: () => link.close(),
  };
}

type Client = ReturnType<typeof clientFor>;

function clientFor(url: string) {
  return createClient({
    url,
    scripts: {
      commit: defineScript({ SCRIPT: COMMIT, parseCommand, transformReply: (reply: number) => reply }),
      members: defineScript({ SCRIPT: MEMBERS, parseCommand, transformReply: (reply: string[]) => reply }),
    },
    // The client's own timeout is an AbortSignal per command: measured, it costs three of four reads per second.
    commandOptions: UNTIMED,
    // Without Redis a call shall reject at once, not wait for it in a queue.
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    pingInterval: PING_EVERY_MS,
    socket: { connectTimeout: DEADLINE_MS, socketTimeout: SILENCE_MS, reconnectStrategy: pauseBefore },
  });
}

/** `undefined` must be said: the default is five seconds. */
const UNTIMED: object = { timeout: undefined };

function parseCommand(parser: CommandParser, { keys, args }: Call): void {
  parser.pushKeysLength([...keys]);
  parser.push(...args);
}

/** Ever longer, and different in every instance, lest they all come back at once. */
function pauseBefore(retry: number): number {
  return Math.min(50 * 2 ** retry, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);
}

interface Link {
  /** Rejects with {@link StoreUnavailable} for whatever went wrong, after {@link DEADLINE_MS} at the latest. */
  ask<T>(command: (redis: Client) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * The client comes back by itself when a connection breaks. One that is dead without having broken, its host gone from
 * the net, would be written to for a quarter of an hour until TCP gives up: that is replaced at the first deadline missed.
 */
async function openLink(url: string, onError: RedisStoreOptions['onError']): Promise<Link> {
  let closed = false;
  let heardAt = 0;
  let redis = clientFor(url);
  await withDeadline(connect(redis)).catch(() => undefined);

  /** Tries for ever; rejects when the client is closed meanwhile. */
  function connect(client: Client): Promise<unknown> {
    client.on('error', (error: Error) => onError?.(error));
    return client.connect();
  }

  function replace(dead: Client): void {
    if (closed || redis !== dead) return;
    redis = clientFor(url);
    connect(redis).catch(() => undefined);
    dead.destroy();
  }

  return {
    async ask(command) {
      const client = redis;
      const askedAt = performance.now();
      try {
        const reply = await withDeadline(command(client));
        heardAt = performance.now();
        return reply;
      } catch (error) {
        if (error instanceof TimeoutError && heardAt < askedAt) replace(client);
        throw new StoreUnavailable('Redis refused or did not answer', { cause: error });
      }
    },

    async close() {
      if (closed) return;
      closed = true;
      if (redis.isReady) await withDeadline(redis.close()).catch(() => undefined);
      redis.destroy();
    },
  };
}

function withDeadline<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new TimeoutError(`no answer within ${DEADLINE_MS} ms`)),
      DEADLINE_MS,
    );
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

export interface RedisFinding {
  readonly setting: string;
  readonly value: string;
  readonly ok: boolean;
  /** What to do about it, and why. */
  readonly advice: string;
}

/**
 * Does this Redis keep what it is given, and know all commands? Read from `INFO`, which also works where `CONFIG` is
 * forbidden. Rejects with {@link StoreUnavailable} when it can't be reached.
 */
export async function redisFindings(url: string): Promise<RedisFinding[]> {
  const link = await openLink(url, undefined);
  try {
    return findingsFrom(await link.ask((redis) => redis.info()));
  } finally {
    await link.close();
  }
}

function findingsFrom(info: string): RedisFinding[] {
  const facts = new Map(
    Array.from(info.matchAll(/^(\w+):(.*?)\r?$/gm), ([, name = '', value = '']) => [name, value]),
  );
  const policy = facts.get('maxmemory_policy') ?? 'unknown';
  const appendOnly = facts.get('aof_enabled') === '1';
  const version = facts.get('redis_version') ?? 'unknown';
  return [
    {
      setting: 'maxmemory-policy',
      value: policy,
      ok: policy === 'noeviction',
      advice: 'set it to noeviction: any other lets Redis drop accounts and sessions when memory is short',
    },
    {
      setting: 'appendonly',
      value: appendOnly ? 'yes' : 'no',
      ok: appendOnly,
      advice: 'set it to yes: otherwise a restart loses what was written since the last snapshot',
    },
    {
      setting: 'version',
      value: version,
      ok: isAtLeast(version, 6, 2),
      advice: 'install Redis 6.2 or later',
    },
  ];
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [ours = 0, oursMinor = 0] = version.split('.').map(Number);
  return ours > major || (ours === major && oursMinor >= minor);
}
