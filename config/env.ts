/**
 * The only reader of the environment. It is parsed once, every problem is listed at once in plain words, and in
 * production nothing secret has a default. `.env.example` tells what each variable means.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

const SECRET_BYTES = 32;
const DEVELOPMENT_KEYS_FILE = 'development-keys.json';

const bytesOf = (text: string) => Buffer.from(text, 'base64url');

const oneKey = z.string().refine((text) => bytesOf(text).length === SECRET_BYTES && /^[\w-]+=*$/.test(text), {
  message:
    'each key must be 32 random bytes in base64url (make one with: openssl rand -base64 32 | tr +/ -_)',
});
const keyRing = z
  .string()
  .transform((text) => text.split(',').map((key) => key.trim()))
  .pipe(z.array(oneKey).min(1));

const port = z.coerce.number().int().min(0).max(65_535);
const atLeast = (least: number) => z.coerce.number().int().min(least);

const origin = z
  .url({ protocol: /^https?$/, message: 'must be an address such as https://login.example.hu' })
  .refine((text) => URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, ''), {
    message: 'must be an origin: no path, query or fragment',
  })
  .transform((text) => new URL(text).origin);

const schema = z.object({
  NODE_ENV: z.enum(['production', 'development', 'test']).default('development'),
  ISSUER: origin.optional(),
  HOST: z.string().default('localhost'),
  PORT: port.default(3000),
  DATA_DIR: z.string().default('data'),
  REDIS_URL: z.url({ protocol: /^rediss?$/, message: 'must be a redis:// or rediss:// address' }).optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/, message: 'must be an smtp:// or smtps:// address' }).optional(),
  MAIL_FROM: z.string().optional(),
  COOKIE_KEYS: keyRing.optional(),
  SECRET_KEYS: keyRing.optional(),
  PAIRWISE_SALT: z.string().min(32, 'must have 32 characters at least').optional(),
  TRUST_PROXY: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean),
    )
    .pipe(
      z.array(
        z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], 'must be a list of addresses or networks'),
      ),
    ),
  SERVICE_NAME: z.string().min(1).default('Ügyfélkapu'),
  PLUS_NAME: z.string().min(1).default('Ügyfélkapu+'),
  CONTACT_EMAIL: z.email().default('ugyfelszolgalat@example.com'),
  CONTACT_PHONE: z.string().optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  DEMO_PORTAL_PORT: port.default(3001),
  ACR_LOW: z.string().default('http://eidas.europa.eu/LoA/low'),
  ACR_SUBSTANTIAL: z.string().default('http://eidas.europa.eu/LoA/substantial'),
  PASSWORD_MIN_LENGTH: atLeast(8).default(8),
  ARGON2_MEMORY_KIB: atLeast(19_456).default(19_456),
  ARGON2_PASSES: atLeast(2).default(2),
  ARGON2_LANES: atLeast(1).default(1),
  HASH_THREADS: atLeast(1).default(availableParallelism()),
  SESSION_IDLE_MINUTES: atLeast(1).default(30),
  SESSION_MAX_HOURS: atLeast(1).default(12),
});

type Parsed = z.output<typeof schema>;

export interface Env {
  readonly production: boolean;
  readonly issuer: string;
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly redisUrl?: string;
  readonly smtpUrl?: string;
  readonly mailFrom: string;
  readonly cookieKeys: readonly string[];
  /** 32 bytes each, newest first. */
  readonly secretKeys: readonly Uint8Array[];
  readonly pairwiseSalt: string;
  readonly trustedProxies: readonly string[];
  readonly serviceName: string;
  readonly plusName: string;
  readonly contact: { readonly email: string; readonly phone?: string };
  readonly logLevel: Parsed['LOG_LEVEL'];
  readonly demoPortalPort: number;
  readonly acrValues: { readonly low: string; readonly substantial: string };
  readonly passwordMinLength: number;
  readonly argon2: { readonly memoryKiB: number; readonly passes: number; readonly lanes: number };
  readonly hashThreads: number;
  readonly session: { readonly idleSeconds: number; readonly maxSeconds: number };
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

/** Throws {@link EnvError}. An empty variable counts as absent. */
export function readEnv(variables: NodeJS.ProcessEnv = process.env): Env {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  const production = given.NODE_ENV === 'production';
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => `${issue.path[0]?.toString()}: ${issue.message}`),
    ...(production ? missingInProduction(given) : []),
  ];
  if (!parsed.success || problems.length > 0) throw new EnvError(problems);
  return envOf(parsed.data);
}

const REQUIRED_IN_PRODUCTION = [
  'ISSUER',
  'SMTP_URL',
  'MAIL_FROM',
  'COOKIE_KEYS',
  'SECRET_KEYS',
  'PAIRWISE_SALT',
  'CONTACT_EMAIL',
];

function missingInProduction(given: NodeJS.ProcessEnv): string[] {
  const problems = REQUIRED_IN_PRODUCTION.filter((name) => given[name] === undefined).map(
    (name) => `${name}: is required in production`,
  );
  if (given.ISSUER?.startsWith('http:')) problems.push('ISSUER: must begin with https:// in production');
  for (const [name, value] of Object.entries(developmentKeysIn(given.DATA_DIR ?? 'data'))) {
    if (value && given[name]?.includes(value))
      problems.push(`${name}: is the development one; make a new one`);
  }
  for (const name of ['COOKIE_KEYS', 'SECRET_KEYS', 'PAIRWISE_SALT']) {
    if (given[name] !== undefined && isGuessable(given[name]))
      problems.push(`${name}: is guessable; make a random one`);
  }
  return problems;
}

/** Random text of this length has far more than ten different characters. */
function isGuessable(secret: string): boolean {
  return secret.split(',').some((one) => new Set(one.trim()).size < 10);
}

interface DevelopmentKeys {
  readonly COOKIE_KEYS?: string;
  readonly SECRET_KEYS?: string;
  readonly PAIRWISE_SALT?: string;
}

function developmentKeysIn(dataDir: string): DevelopmentKeys {
  const file = path.join(dataDir, DEVELOPMENT_KEYS_FILE);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** Made once and kept, so that what was sealed yesterday opens today. Two processes that start at once agree. */
function developmentKeys(dataDir: string): Required<DevelopmentKeys> {
  const file = path.join(dataDir, DEVELOPMENT_KEYS_FILE);
  const key = () => randomBytes(SECRET_BYTES).toString('base64url');
  mkdirSync(dataDir, { recursive: true });
  if (!existsSync(file)) {
    const made = { COOKIE_KEYS: key(), SECRET_KEYS: key(), PAIRWISE_SALT: key() };
    try {
      writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

function envOf(parsed: Parsed): Env {
  const made = parsed.NODE_ENV === 'production' ? undefined : developmentKeys(parsed.DATA_DIR);
  const given = <T>(value: T | undefined, fallback: T | undefined): T => {
    if (value !== undefined) return value;
    if (fallback !== undefined) return fallback;
    throw new EnvError(['a required variable is missing']);
  };
  return {
    production: parsed.NODE_ENV === 'production',
    issuer: parsed.ISSUER ?? `http://localhost:${parsed.PORT}`,
    host: parsed.HOST,
    port: parsed.PORT,
    dataDir: parsed.DATA_DIR,
    ...(parsed.REDIS_URL !== undefined && { redisUrl: parsed.REDIS_URL }),
    ...(parsed.SMTP_URL !== undefined && { smtpUrl: parsed.SMTP_URL }),
    mailFrom: parsed.MAIL_FROM ?? `${parsed.SERVICE_NAME} <noreply@localhost>`,
    cookieKeys: given(parsed.COOKIE_KEYS, made && [made.COOKIE_KEYS]),
    secretKeys: given(parsed.SECRET_KEYS, made && [made.SECRET_KEYS]).map(bytesOf),
    pairwiseSalt: given(parsed.PAIRWISE_SALT, made?.PAIRWISE_SALT),
    trustedProxies: parsed.TRUST_PROXY,
    serviceName: parsed.SERVICE_NAME,
    plusName: parsed.PLUS_NAME,
    contact: {
      email: parsed.CONTACT_EMAIL,
      ...(parsed.CONTACT_PHONE !== undefined && { phone: parsed.CONTACT_PHONE }),
    },
    logLevel: parsed.LOG_LEVEL,
    demoPortalPort: parsed.DEMO_PORTAL_PORT,
    acrValues: { low: parsed.ACR_LOW, substantial: parsed.ACR_SUBSTANTIAL },
    passwordMinLength: parsed.PASSWORD_MIN_LENGTH,
    argon2: { memoryKiB: parsed.ARGON2_MEMORY_KIB, passes: parsed.ARGON2_PASSES, lanes: parsed.ARGON2_LANES },
    hashThreads: parsed.HASH_THREADS,
    session: { idleSeconds: parsed.SESSION_IDLE_MINUTES * 60, maxSeconds: parsed.SESSION_MAX_HOURS * 3600 },
  };
}
