/** The way to Redis: every question has a deadline, and a connection that is dead or leads to the wrong server is replaced. */
import { setTimeout as later } from 'node:timers';
import { ClientClosedError, ClientOfflineError, TimeoutError } from 'redis';
import { StoreUnavailable } from '../../provider/flows/ports.ts';
import { type Cluster, DEADLINE_MS, isCluster, type Redis } from './client.ts';
import type { Dialler } from './dial.ts';

export interface Link {
  /** Rejects with {@link StoreUnavailable} for whatever went wrong, after {@link DEADLINE_MS} at the latest. */
  ask<T>(command: (redis: Redis) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface LinkOptions {
  readonly dialler: Dialler;
  readonly onError?: ((error: Error) => void) | undefined;
  /** Done first on every connection, again on one that replaces another. */
  readonly begin?: (redis: Redis) => Promise<unknown>;
}

/** A Cluster that is partly silent is looked at anew this often, not at every missed deadline. */
const RENEW_AT_MOST_EVERY_MS = 5_000;
const RETRY_MS = 500;

/**
 * The client comes back by itself when a connection breaks. One that is dead without having broken, its host gone from
 * the net, would be written to for a quarter of an hour until TCP gives up: that is replaced at the first deadline missed.
 */
export async function openLink({ dialler, onError, begin }: LinkOptions): Promise<Link> {
  let closed = false;
  let heardAt = 0;
  let renewedAt = 0;
  let redis: Redis | undefined;
  let broken: Error | undefined;
  dialler.onMove(renew);
  await withDeadline(connect).catch(() => undefined);

  async function connect(): Promise<void> {
    renewedAt = performance.now();
    const made = dialler.dial();
    redis = made;
    if (!made) return;
    made.on('error', noted);
    if (isCluster(made)) made.on('node-error', noted);
    try {
      await made.connect();
      broken = undefined;
      if (isCluster(made)) reachAll(made);
      await begin?.(made);
    } catch (error) {
      // A server is tried for ever; a Cluster of which no node answers, and a beginning that failed, come here.
      if (closed || redis !== made) return;
      // Of a Cluster's nodes, one by one, it was told before why none answers.
      broken ??= error as Error;
      onError?.(error as Error);
      later(() => redis === made && renew(), RETRY_MS).unref();
    }
  }

  function noted(error: Error): void {
    broken = error;
    onError?.(error);
  }

  /** That there is no connection says nothing: why there is none does. */
  function causeOf(error: unknown): unknown {
    const unconnected = error instanceof ClientOfflineError || error instanceof ClientClosedError;
    return unconnected ? (broken ?? error) : error;
  }

  const unknownMaster = () =>
    new StoreUnavailable('nobody says where the master of Redis is', { cause: dialler.trouble() });

  function renew(): void {
    if (closed) return;
    const dead = redis;
    void connect();
    if (dead?.isOpen) dead.destroy();
  }

  /** A Cluster's other nodes may well answer while one does not. */
  function suspect(asked: Redis, askedAt: number): void {
    const silent = heardAt < askedAt;
    const partly = isCluster(asked) && performance.now() - renewedAt > RENEW_AT_MOST_EVERY_MS;
    if (redis === asked && (silent || partly)) renew();
  }

  return {
    ask(command) {
      const asked = redis;
      const askedAt = performance.now();
      if (!asked) return Promise.reject(unknownMaster());
      return withDeadline(() => command(asked)).then(
        (reply) => {
          heardAt = performance.now();
          return reply;
        },
        (error: unknown) => {
          if (error instanceof TimeoutError) suspect(asked, askedAt);
          throw new StoreUnavailable('Redis refused or did not answer', { cause: causeOf(error) });
        },
      );
    },

    async close() {
      if (closed) return;
      closed = true;
      const last = redis;
      if (last?.isReady) await withDeadline(() => last.close()).catch(() => undefined);
      if (last?.isOpen) last.destroy();
    },
  };
}

/** The client looks for a node's successor only when it once had a connection to the node. */
function reachAll(cluster: Cluster): void {
  for (const node of cluster.masters) cluster.nodeClient(node).catch(() => undefined);
}

/** Rejects with a `TimeoutError` when there is no answer within {@link DEADLINE_MS}. */
export function withDeadline<T>(work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const working = work();
    const timer = setTimeout(
      () => reject(new TimeoutError(`no answer within ${DEADLINE_MS} ms`)),
      DEADLINE_MS,
    );
    // Two handlers and no chain of promises: this is around every command.
    working.then(
      (reply) => {
        clearTimeout(timer);
        resolve(reply);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
