/**
 * The only reader of the environment. It is parsed once, every problem is listed at once in plain words, and in
 * production nothing secret has a default. `.env.example` tells what each variable means.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { loadEnvFile } from 'node:process';
import { developmentKeys } from './development-keys.ts';
import { missingInProduction } from './production.ts';
import { type RedisSettings, redisOf } from './redis.ts';
import { bytesOf, LOOPBACK } from './values.ts';
import { contradictions, type Parsed, schema } from './variables.ts';

/** Paths of PEM files. */
export interface TlsFiles {
  /** The server's certificate first, then what leads to a root. */
  readonly cert: string;
  readonly key: string;
}

export interface Env {
  readonly production: boolean;
  readonly issuer: string;
  /** Whether people come over TLS: cookies, headers and links go by it. */
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  /** Absent: the embedded store. */
  readonly redis?: RedisSettings;
  readonly smtpUrl?: string;
  readonly mailFrom: string;
  readonly cookieKeys: readonly string[];
  /** 32 bytes each, newest first. */
  readonly secretKeys: readonly Uint8Array[];
  readonly pairwiseSalt: string;
  /** 0: signing keys rotate by hand only. */
  readonly keyRotationDays: number;
  readonly trustedProxies: readonly string[];
  readonly tls?: TlsFiles;
  /** Hosts of portals that may lie in a private network and be asked without TLS. */
  readonly outgoingAllowedHosts: readonly string[];
  readonly serviceName: string;
  readonly plusName: string;
  readonly contact: { readonly email: string; readonly phone?: string };
  /** Where Prometheus reads the figures; absent: nowhere. */
  readonly metrics?: { readonly host: string; readonly port: number };
  /** The collector that traces are sent to; absent: none are made. */
  readonly tracesTo: string | undefined;
  readonly logLevel: Parsed['LOG_LEVEL'];
  readonly demoPortalPort: number;
  readonly acrValues: { readonly low: string; readonly substantial: string };
  /** Absent: it follows what the portals accept. */
  readonly passwordMinLength: number | undefined;
  readonly argon2: { readonly memoryKiB: number; readonly passes: number; readonly lanes: number };
  /** Of each process. */
  readonly hashThreads: number;
  /** Processes that serve, on this machine. */
  readonly workers: number;
  readonly session: { readonly idleSeconds: number; readonly maxSeconds: number };
  /** How long the closing of an account can be taken back. */
  readonly accountClosingDays: number;
  readonly clientApproval: Parsed['CLIENT_APPROVAL'];
  /** Where test clients may live, beside loopback. */
  readonly testHosts: readonly string[];
  readonly desk: {
    /** Whether a second member of staff confirms the removal of somebody's second factor. */
    readonly fourEyes: boolean;
    /** How long the person can object; 0: not at all. */
    readonly objectionHours: number;
  };
}

/** Everything that is wrong with the environment, one problem a line. */
export class EnvError extends Error {
  override readonly name = 'EnvError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `The configuration has ${problems.length} problem(s):\n${problems.map((one) => `  - ${one}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

/**
 * Throws {@link EnvError}. An empty variable counts as absent. Without an argument it reads the process's
 * environment and, for what is not set there, a file `.env` in the working directory.
 */
export function readEnv(variables: NodeJS.ProcessEnv = ownEnvironment()): Env {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  const production = given.NODE_ENV === 'production';
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => `${issue.path[0]?.toString()}: ${issue.message}`),
    ...(parsed.success ? contradictions(parsed.data) : []),
    ...(production ? missingInProduction(given) : []),
  ];
  if (!parsed.success || problems.length > 0) throw new EnvError([...new Set(problems)]);
  return envOf(parsed.data);
}

/** As {@link readEnv}, for the demo: quieter, and never in production, since everybody knows its passwords. */
export function readDemoEnv(variables: NodeJS.ProcessEnv = ownEnvironment()): Env {
  if (variables.NODE_ENV === 'production') {
    throw new EnvError([
      'NODE_ENV: this is the demo, its passwords are public; in production: npm run build, npm run serve',
    ]);
  }
  const env = readEnv({
    ...variables,
    LOG_LEVEL: variables.LOG_LEVEL || 'warn',
    CONTACT_EMAIL: variables.CONTACT_EMAIL || 'ugyfelszolgalat@example.hu',
  });
  if (env.port === env.demoPortalPort) throw new EnvError(['DEMO_PORTAL_PORT: must differ from PORT']);
  return env;
}

function ownEnvironment(): NodeJS.ProcessEnv {
  if (existsSync('.env')) loadEnvFile('.env');
  return process.env;
}

function envOf(parsed: Parsed): Env {
  const redis = redisOf(parsed);
  const made = parsed.NODE_ENV === 'production' ? undefined : developmentKeys(parsed.DATA_DIR);
  const given = <T>(value: T | undefined, fallback: T | undefined): T => {
    if (value !== undefined) return value;
    if (fallback !== undefined) return fallback;
    throw new EnvError(['a required variable is missing']);
  };
  const issuer = parsed.ISSUER ?? `${parsed.TLS_CERT ? 'https' : 'http'}://localhost:${parsed.PORT}`;
  const from = parsed.MAIL_FROM ?? `${parsed.SERVICE_NAME} <noreply@localhost>`;
  return {
    production: parsed.NODE_ENV === 'production',
    issuer,
    secure: issuer.startsWith('https:'),
    host: parsed.HOST,
    port: parsed.PORT,
    dataDir: parsed.DATA_DIR,
    ...(redis && { redis }),
    ...(parsed.SMTP_URL !== undefined && { smtpUrl: parsed.SMTP_URL }),
    mailFrom: from,
    cookieKeys: given(parsed.COOKIE_KEYS, made && [made.COOKIE_KEYS]),
    secretKeys: given(parsed.SECRET_KEYS, made && [made.SECRET_KEYS]).map(bytesOf),
    pairwiseSalt: given(parsed.PAIRWISE_SALT, made?.PAIRWISE_SALT),
    keyRotationDays: parsed.KEY_ROTATION_DAYS,
    trustedProxies: parsed.TRUST_PROXY,
    ...(parsed.TLS_CERT && parsed.TLS_KEY && { tls: { cert: parsed.TLS_CERT, key: parsed.TLS_KEY } }),
    outgoingAllowedHosts: parsed.OUTGOING_ALLOWED_HOSTS ?? (made ? LOOPBACK : []),
    serviceName: parsed.SERVICE_NAME,
    plusName: parsed.PLUS_NAME,
    contact: {
      email: parsed.CONTACT_EMAIL ?? addressIn(from),
      ...(parsed.CONTACT_PHONE !== undefined && { phone: parsed.CONTACT_PHONE }),
    },
    ...(parsed.METRICS_PORT !== undefined && {
      metrics: { host: parsed.METRICS_HOST, port: parsed.METRICS_PORT },
    }),
    tracesTo: parsed.OTEL_EXPORTER_OTLP_ENDPOINT,
    logLevel: parsed.LOG_LEVEL,
    demoPortalPort: parsed.DEMO_PORTAL_PORT,
    acrValues: { low: parsed.ACR_LOW, substantial: parsed.ACR_SUBSTANTIAL },
    passwordMinLength: parsed.PASSWORD_MIN_LENGTH,
    argon2: { memoryKiB: parsed.ARGON2_MEMORY_KIB, passes: parsed.ARGON2_PASSES, lanes: parsed.ARGON2_LANES },
    hashThreads: parsed.HASH_THREADS ?? hashThreads(availableParallelism(), parsed.WORKERS),
    workers: parsed.WORKERS,
    accountClosingDays: parsed.ACCOUNT_CLOSING_DAYS,
    clientApproval: parsed.CLIENT_APPROVAL,
    testHosts: parsed.TEST_HOSTS,
    desk: { fourEyes: parsed.DESK_FOUR_EYES === 'yes', objectionHours: parsed.DESK_OBJECTION_HOURS },
    session: { idleSeconds: parsed.SESSION_IDLE_MINUTES * 60, maxSeconds: parsed.SESSION_MAX_HOURS * 3600 },
  };
}

/** The address alone, of `Name <address>` or `address`. */
function addressIn(from: string): string {
  return /<([^>]*)>/.exec(from)?.[1] ?? from;
}

/** For each process: a processor is left to each event loop. A thread more takes turns with it, and each finds its memory pushed out of the cache. */
export function hashThreads(processors: number, workers: number): number {
  return Math.max(1, Math.floor(processors / workers) - 1);
}
