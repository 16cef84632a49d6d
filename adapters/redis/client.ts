/** Clients of Redis as the store needs them: they answer or reject at once, come back by themselves and know our scripts. */
import { type CommandParser, createClient, createCluster, defineScript } from 'redis';
import type { Access, Address, ClusterPlace } from './place.ts';
import { type Call, COMMIT, COUNT, MEMBERS, RANGE } from './scripts.ts';

/** How long a page waits for Redis before it says 503. */
export const DEADLINE_MS = 2_000;
/** A connection that brings nothing for so long is given up; the pings keep a healthy one from that. */
const SILENCE_MS = 5_000;
const PING_EVERY_MS = 2_000;
const LONGEST_PAUSE_MS = 2_000;
/** A node of a Cluster that went away so long ago may have been replaced by its replica. */
const LOOK_AROUND_AFTER_MS = 500;

export type Client = ReturnType<typeof clientFor>;
export type Cluster = ReturnType<typeof clusterFor>;

/** One server or many: commands find the right one by their first key. */
export type Redis = Client | Cluster;

export const isCluster = (redis: Redis): redis is Cluster => 'getNodeClientForKey' in redis;

const scripts = {
  commit: defineScript({ SCRIPT: COMMIT, parseCommand, transformReply: (reply: number) => reply }),
  count: defineScript({ SCRIPT: COUNT, parseCommand, transformReply: (reply: number) => reply }),
  members: defineScript({ SCRIPT: MEMBERS, parseCommand, transformReply: (reply: string[]) => reply }),
  range: defineScript({ SCRIPT: RANGE, parseCommand, transformReply: (reply: string[]) => reply }),
};

export function clientFor(access: Access, { host, port }: Address, database = 0) {
  const options = optionsFor(access);
  const socket = { ...options.socket, host, port };
  return createClient({ ...options, socket, database, scripts, commandOptions: UNTIMED });
}

export function clusterFor({ nodes, ...access }: ClusterPlace) {
  return createCluster({
    rootNodes: nodes.map((socket) => ({ socket })),
    defaults: optionsFor(access),
    scripts,
    commandOptions: UNTIMED,
    // With a node down the others are of use at once, also to an instance that has just started.
    minimizeConnections: true,
    topologyRefreshOnReconnectionAttemptStrategy: LOOK_AROUND_AFTER_MS,
  });
}

/** What any connection needs, to a Sentinel too. */
export function optionsFor({ username, password, tls, ca }: Access) {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    // Without Redis a call shall reject at once, not wait for it in a queue.
    disableOfflineQueue: true,
    maintNotifications: 'disabled' as const,
    pingInterval: PING_EVERY_MS,
    socket: {
      connectTimeout: DEADLINE_MS,
      socketTimeout: SILENCE_MS,
      reconnectStrategy: pauseBefore,
      ...(tls && { tls: true as const, ...(ca !== undefined && { ca }) }),
    },
  };
}

/**
 * The client's own timeout is an AbortSignal per command: measured, it costs three of four reads per second.
 * `undefined` must be said: the default is five seconds.
 */
const UNTIMED: object = { timeout: undefined };

function parseCommand(parser: CommandParser, { keys, args }: Call): void {
  parser.pushKeysLength([...keys]);
  parser.push(...args);
}

/** Ever longer, and different in every instance, lest they all come back at once. */
function pauseBefore(retry: number): number {
  return Math.min(50 * 2 ** retry, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);
}
