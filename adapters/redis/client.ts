/** A client of Redis as the store needs one: it answers or rejects at once, comes back by itself and knows our scripts. */
import { type CommandParser, createClient, defineScript } from 'redis';
import type { Call } from './keys.ts';
import { COMMIT, MEMBERS } from './scripts.ts';

/** How long a page waits for Redis before it says 503. */
export const DEADLINE_MS = 2_000;
/** A connection that brings nothing for so long is given up; the pings keep a healthy one from that. */
const SILENCE_MS = 5_000;
const PING_EVERY_MS = 2_000;
const LONGEST_PAUSE_MS = 2_000;

export type Client = ReturnType<typeof clientFor>;

export function clientFor(url: string) {
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
