/** The store on Redis, 6.2 or later: for more than one instance, and for production. */
import { type Engine, type Key, streamOfTip } from '../store.ts';
import { newVersion } from '../version.ts';
import { commitReplicated, expiring, putReplicated } from './commit.ts';
import { dialler as diallerOf } from './dial.ts';
import { documentKey, setKeys, streamKey } from './keys.ts';
import { openLink } from './link.ts';
import { redisNotices } from './notices.ts';
import type { RedisPlace } from './place.ts';
import { textAt, textsAt } from './texts.ts';
import { walk } from './walk.ts';
import { commitOf, documentOf, entryOf, placed, type WriteOf } from './writes.ts';

export interface RedisStoreOptions {
  readonly place: RedisPlace;
  readonly clock: { now(): number };
  /** Hears of lost connections, for the log; the calls that suffer from one reject anyway. */
  readonly onError?: (error: Error) => void;
}

/** A number that the script can count with. */
const PLACE = /^[1-9]\d{0,14}$/;

const isTip = (partition: string, { name }: WriteOf<'put'>) => streamOfTip({ partition, name }) !== undefined;

/** Reading goes where data is; a PING may go anywhere. */
const PROBE = documentKey({ partition: 'ping', name: '' });

/**
 * Answers when Redis does, and after two seconds at the latest: with Redis down the calls reject with
 * {@link StoreUnavailable}, from the moment on when it is up they work. Never rejects.
 */
export async function openRedisStore({ place, clock, onError }: RedisStoreOptions): Promise<Engine> {
  const dialler = await diallerOf(place, onError);
  const link = await openLink({ dialler, onError });
  const { waitReplicas } = place;
  // `WAIT` holds up its connection: reads go by another.
  const commits = waitReplicas === 0 ? link : await openLink({ dialler, onError });
  const { stop, ...notices } = redisNotices(link, { dialler, onError });

  async function putPlainly(partition: string, write: WriteOf<'put'>): Promise<boolean> {
    const document = documentOf(partition, write, clock.now());
    const { key, text, milliseconds } = document;
    if (waitReplicas > 0) await commits.ask((redis) => putReplicated(redis, document, waitReplicas));
    else await commits.ask((redis) => redis.set(key, text, expiring(milliseconds)));
    return true;
  }

  return {
    get: <T>(key: Key) =>
      link.ask((redis) => textAt(redis, key)).then((text) => entryOf<T>(key, text, clock.now())),

    getMany: <T>(keys: readonly Key[]) =>
      link
        .ask((redis) => textsAt(redis, keys))
        .then((texts) => keys.map((key, index) => entryOf<T>(key, texts[index] ?? null, clock.now()))),

    async commit(partition, writes) {
      const [first, ...others] = writes;
      if (!first) return true;
      if (others.length === 0 && first.kind === 'put' && !first.expect && !isTip(partition, first))
        return putPlainly(partition, first);
      const call = commitOf(partition, writes, clock.now());
      const done = await commits.ask((redis) =>
        waitReplicas > 0 ? commitReplicated(redis, call, waitReplicas) : redis.commit(call),
      );
      return done === 1;
    },

    async count(key, by, expiresAt) {
      const args = [`${clock.now()}`, `${by}`, `${expiresAt}`, newVersion()];
      return commits.ask((redis) => redis.count({ keys: [documentKey(key)], args }));
    },

    async members(set, page = {}) {
      const { after, limit = -1 } = page;
      const from = after === undefined ? '-' : `(${after}`;
      const call = { keys: setKeys(set), args: [`${clock.now()}`, from, `${limit}`] };
      const told = await link.ask((redis) => redis.members(call));
      const members = told.slice(0, -1);
      return told.at(-1) === '1' ? members : pageOf(members, page);
    },

    async range<T>(stream: Key, { before, limit }: { before?: string; limit?: number } = {}) {
      if (before !== undefined && !PLACE.test(before)) return [];
      const call = { keys: [streamKey(stream)], args: [before ?? '', `${limit ?? ''}`] };
      const entries = await link.ask((redis) => redis.range(call));
      return entries.map((text) => placed<T>(stream, text)).reverse();
    },

    async ping() {
      await link.ask((redis) => redis.get(PROBE));
    },

    ...notices,

    walk: () => walk(link, clock),

    async close() {
      await Promise.all([stop(), link.close(), commits.close()]);
      dialler.stop();
    },
  };
}

/** Of members in no order. */
function pageOf(members: readonly string[], { after, limit }: { after?: string; limit?: number }): string[] {
  const inOrder = members
    .map((member) => Buffer.from(member))
    .toSorted(Buffer.compare)
    .map(String);
  const from = after === undefined ? 0 : inOrder.findIndex((member) => isBehind(member, after));
  return from === -1 ? [] : inOrder.slice(from, limit === undefined ? undefined : from + limit);
}

const isBehind = (member: string, after: string) =>
  Buffer.compare(Buffer.from(member), Buffer.from(after)) > 0;
