/**
 * Where the master is, as the Sentinels say. The library's Sentinel client is asked for that alone: what it is given
 * to send, it sends again by itself when a connection breaks, and a commit that is carried out twice, or long after
 * its caller was told that nobody knows, is none.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createSentinel } from 'redis';
import { DEADLINE_MS, optionsFor } from './client.ts';
import type { Address, SentinelPlace } from './place.ts';

/** Beside what the Sentinels tell by themselves. */
const LOOK_EVERY_MS = 1_000;
const RETRY_MS = 500;

interface Follower {
  address(): Address | undefined;
  /** What was heard last instead of an address. */
  trouble(): Error | undefined;
  onMove(listener: () => void): void;
  stop(): void;
}

/** Resolves when the master is known, and after {@link DEADLINE_MS} at the latest. */
export async function followMaster(
  place: SentinelPlace,
  onError?: (error: Error) => void,
): Promise<Follower> {
  const listeners: (() => void)[] = [];
  let stopped = false;
  let known: Address | undefined;
  let trouble: Error | undefined;
  let sentinel = watching();

  function watching() {
    const { sentinelLogin, sentinels, master: name, tls, ca } = place;
    const options = optionsFor(place);
    return createSentinel({
      name,
      sentinelRootNodes: [...sentinels],
      nodeClientOptions: options,
      sentinelClientOptions: optionsFor({ tls, ...(ca !== undefined && { ca }), ...sentinelLogin }),
      scanInterval: LOOK_EVERY_MS,
    })
      .on('error', noted)
      .on('topology-change', ({ type, node }: { type: string; node: Address }) => {
        if (type === 'MASTER_CHANGE') heard(node);
      });
  }

  /** The library tells some of its errors as text. */
  function noted(error: unknown): void {
    trouble = error instanceof Error ? error : new Error(String(error));
    onError?.(trouble);
  }

  function heard({ host, port }: Address): void {
    if (known?.host === host && known.port === port) return;
    known = { host, port };
    for (const listener of listeners) listener();
  }

  async function follow(): Promise<void> {
    while (!stopped) {
      try {
        await sentinel.connect();
        return;
      } catch (error) {
        noted(error);
        await pause(RETRY_MS);
        sentinel = watching();
      }
    }
  }

  const found = new Promise<void>((resolve) => listeners.push(resolve));
  void follow();
  await Promise.race([found, pause(DEADLINE_MS)]);

  return {
    address: () => known,
    trouble: () => trouble,
    onMove: (listener) => void listeners.push(listener),
    stop() {
      stopped = true;
      void sentinel.destroy().catch(() => undefined);
    },
  };
}
