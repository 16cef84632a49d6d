/** Where Redis is: one server, the master that Sentinels name, or a Cluster; and who we are to it. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { address, listOf, oneOf, wholeNumber, words } from './values.ts';

const node = z
  .string()
  .regex(/^[\w.-]+:\d{1,5}$|^\[[\da-f:]+\]:\d{1,5}$/i, 'must be a list such as 10.0.0.1:6379,10.0.0.2:6379')
  .transform((text) => {
    const [, host = '', port] = /^\[?([^\]]*)\]?:(\d+)$/.exec(text) ?? [];
    return { host, port: Number(port) };
  });
const nodes = z.string().transform(listOf).pipe(z.array(node).min(1, 'must hold one address at least'));

const certificates = z.string().transform((file, context) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    context.addIssue({ code: 'custom', message: 'must be a file that can be read' });
    return z.NEVER;
  }
});

function canBeDecoded(url: string): boolean {
  try {
    return decodeURIComponent(url) !== '';
  } catch {
    return false;
  }
}

export const REDIS_VARIABLES = {
  REDIS_URL: address('rediss?', 'redis://localhost:6379')
    .refine(canBeDecoded, 'must have its user name and password percent-encoded')
    .optional(),
  REDIS_SENTINELS: nodes.optional(),
  REDIS_MASTER: words.default('mymaster'),
  REDIS_CLUSTER_NODES: nodes.optional(),
  REDIS_USERNAME: words.optional(),
  REDIS_PASSWORD: z.string().optional(),
  REDIS_SENTINEL_USERNAME: words.optional(),
  REDIS_SENTINEL_PASSWORD: z.string().optional(),
  REDIS_TLS: oneOf(['yes', 'no']).default('no'),
  REDIS_CA_FILE: certificates.optional(),
  REDIS_WAIT_REPLICAS: wholeNumber(0, 5).default(0),
};

interface Address {
  readonly host: string;
  readonly port: number;
}

interface Login {
  readonly username?: string;
  readonly password?: string;
}

interface Common extends Login {
  readonly tls: boolean;
  /** Certificates (PEM) to trust instead of the system's. */
  readonly ca?: string;
  /** A commit is acknowledged when this many replicas have it. */
  readonly waitReplicas: number;
}

export type RedisSettings = Common &
  (
    | { readonly kind: 'standalone'; readonly address: Address; readonly database: number }
    | {
        readonly kind: 'sentinel';
        readonly sentinels: readonly Address[];
        readonly master: string;
        readonly sentinelLogin: Login;
      }
    | { readonly kind: 'cluster'; readonly nodes: readonly Address[] }
  );

type Parsed = z.output<z.ZodObject<typeof REDIS_VARIABLES>>;

const PLACES = ['REDIS_URL', 'REDIS_SENTINELS', 'REDIS_CLUSTER_NODES'] as const;

export function redisContradictions(parsed: Parsed): string[] {
  const given = PLACES.filter((name) => parsed[name] !== undefined);
  const problems = given.slice(1).map((name) => `${name}: must not be set together with ${given[0]}`);
  if (given.length === 0 && parsed.REDIS_WAIT_REPLICAS > 0)
    problems.push('REDIS_WAIT_REPLICAS: the embedded store has no replicas');
  return problems;
}

/** Undefined when no variable names a Redis. */
export function redisOf(parsed: Parsed): RedisSettings | undefined {
  const common = {
    ...login(parsed.REDIS_USERNAME, parsed.REDIS_PASSWORD),
    tls: parsed.REDIS_TLS === 'yes',
    ...(parsed.REDIS_CA_FILE !== undefined && { ca: parsed.REDIS_CA_FILE }),
    waitReplicas: parsed.REDIS_WAIT_REPLICAS,
  };
  const { REDIS_URL: url, REDIS_SENTINELS: sentinels, REDIS_CLUSTER_NODES: clusterNodes } = parsed;
  if (url !== undefined) return { ...common, ...standalone(url) };
  if (clusterNodes) return { ...common, kind: 'cluster', nodes: clusterNodes };
  if (!sentinels) return undefined;
  const sentinelLogin = login(parsed.REDIS_SENTINEL_USERNAME, parsed.REDIS_SENTINEL_PASSWORD);
  return { ...common, kind: 'sentinel', sentinels, master: parsed.REDIS_MASTER, sentinelLogin };
}

function standalone(url: string) {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  return {
    kind: 'standalone' as const,
    address: { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6379) },
    database: Number(pathname.slice(1)) || 0,
    ...login(decodeURIComponent(username) || undefined, decodeURIComponent(password) || undefined),
    ...(protocol === 'rediss:' && { tls: true }),
  };
}

function login(username: string | undefined, password: string | undefined): Login {
  return { ...(username !== undefined && { username }), ...(password !== undefined && { password }) };
}

/** The settings that an address alone makes. */
export function redisAt(url: string): RedisSettings {
  return { tls: false, waitReplicas: 0, ...standalone(url) };
}

/** Where it is, in words, without a password. */
export function redisInWords(redis: RedisSettings): string {
  const list = (all: readonly Address[]) => all.map(({ host, port }) => `${host}:${port}`).join(', ');
  if (redis.kind === 'standalone') return list([redis.address]);
  if (redis.kind === 'cluster') return `Cluster at ${list(redis.nodes)}`;
  return `master ${redis.master} of the Sentinels at ${list(redis.sentinels)}`;
}
