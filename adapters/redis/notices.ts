/** Notices by Redis' publish and subscribe, which wants a connection of its own: one channel carries all topics. */
import { listeners, type Notice } from '../notices.ts';
import type { Store } from '../store.ts';
import { type Client, clientFor } from './client.ts';
import { type Link, withDeadline } from './link.ts';

const CHANNEL = 'kapu-notices';

type Notices = Pick<Store, 'notify' | 'onNotice'> & { stop(): void };

/** Opens its connection when somebody begins to listen. It comes back, and subscribes again, by itself. */
export function redisNotices(link: Link, url: string, onError?: (error: Error) => void): Notices {
  const heard = listeners();
  let stopped = false;
  let subscriber: Client | undefined;
  let subscribing: Promise<void> | undefined;

  async function subscribe(): Promise<void> {
    subscriber = clientFor(url);
    subscriber.on('error', (error: Error) => onError?.(error));
    try {
      await subscriber.connect();
      await subscriber.subscribe(CHANNEL, (text) => heard.tell(JSON.parse(text) as Notice));
    } catch (error) {
      if (!stopped) onError?.(error as Error);
    }
  }

  return {
    async notify(topic, message) {
      const text = JSON.stringify({ topic, message } satisfies Notice);
      await link.ask((redis) => redis.publish(CHANNEL, text));
    },

    async onNotice(topic, listener) {
      heard.add(topic, listener);
      subscribing ??= subscribe();
      // Without Redis nothing can be heard, and nobody needs to wait for that.
      await withDeadline(subscribing).catch(() => undefined);
    },

    stop() {
      stopped = true;
      subscriber?.destroy();
    },
  };
}
