/** The store on Redis, 6.2 or later: for more than one instance, and for production. */
import type { Key, Store } from '../store.ts';
import { commitOf, documentKey, documentOf, entryOf, setKeys, streamKey, type WriteOf } from './keys.ts';
import { openLink } from './link.ts';
import { redisNotices } from './notices.ts';

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
  const { stop, ...notices } = redisNotices(link, url, onError);

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

    ...notices,

    close() {
      stop();
      return link.close();
    },
  };
}
