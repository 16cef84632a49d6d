/** The way to Redis: every question has a deadline, and a connection that is dead is replaced. */
import { TimeoutError } from 'redis';
import { StoreUnavailable } from '../../provider/flows/ports.ts';
import { type Client, clientFor, DEADLINE_MS } from './client.ts';

export interface Link {
  /** Rejects with {@link StoreUnavailable} for whatever went wrong, after {@link DEADLINE_MS} at the latest. */
  ask<T>(command: (redis: Client) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * The client comes back by itself when a connection breaks. One that is dead without having broken, its host gone from
 * the net, would be written to for a quarter of an hour until TCP gives up: that is replaced at the first deadline missed.
 */
export async function openLink(url: string, onError?: (error: Error) => void): Promise<Link> {
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

/** Rejects with a `TimeoutError` when there is no answer within {@link DEADLINE_MS}. */
export function withDeadline<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new TimeoutError(`no answer within ${DEADLINE_MS} ms`)),
      DEADLINE_MS,
    );
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
