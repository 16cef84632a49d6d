/** Notices by Redis' publish and subscribe: one channel carries all topics, to all nodes of a Cluster too. */
import { listeners, type Notice } from '../notices.ts';
import type { Store } from '../store.ts';
import type { Redis } from './client.ts';
import { type Link, type LinkOptions, openLink } from './link.ts';

export const CHANNEL = 'kapu-notices';

type Notices = Pick<Store, 'notify' | 'onNotice'> & { stop(): Promise<void> };

/** Whoever subscribes needs a connection of their own; it is opened when somebody begins to listen. */
export function redisNotices(link: Link, options: LinkOptions): Notices {
  const heard = listeners();
  let subscriber: Promise<Link> | undefined;

  const subscribe = (redis: Redis) =>
    redis.subscribe(CHANNEL, (text) => heard.tell(JSON.parse(text) as Notice));

  return {
    async notify(topic, message) {
      const text = JSON.stringify({ topic, message } satisfies Notice);
      await link.ask((redis) => redis.publish(CHANNEL, text));
    },

    async onNotice(topic, listener) {
      heard.add(topic, listener);
      subscriber ??= openLink({ ...options, begin: subscribe });
      await subscriber;
    },

    async stop() {
      await (await subscriber)?.close();
    },
  };
}
