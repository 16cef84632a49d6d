/** The variables of the environment: what each may be, its default, and which contradict one another. */
import { z } from 'zod';
import { REDIS_VARIABLES, redisContradictions, redisOf } from './redis.ts';
import {
  acr,
  address,
  cookieKey,
  hostName,
  keyRing,
  listOf,
  mailFrom,
  oneOf,
  origin,
  port,
  secretKey,
  wholeNumber,
  words,
} from './values.ts';

export const schema = z.object({
  NODE_ENV: oneOf(['production', 'development', 'test']).default('development'),
  ISSUER: origin.optional(),
  HOST: words.default('localhost'),
  PORT: port.default(3000),
  DATA_DIR: words.default('data'),
  ...REDIS_VARIABLES,
  SMTP_URL: address('smtps?', 'smtps://user:password@mail.example.hu').optional(),
  MAIL_FROM: mailFrom.optional(),
  COOKIE_KEYS: keyRing(cookieKey).optional(),
  SECRET_KEYS: keyRing(secretKey).optional(),
  PAIRWISE_SALT: z.string().min(32, 'must have 32 characters at least').optional(),
  TRUST_PROXY: z
    .string()
    .default('')
    .transform(listOf)
    .pipe(
      z.array(
        z.union(
          [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
          'must be a list of addresses or networks such as 10.0.0.5,192.168.0.0/16',
        ),
      ),
    ),
  TLS_CERT: words.optional(),
  TLS_KEY: words.optional(),
  OUTGOING_ALLOWED_HOSTS: z
    .string()
    .transform(listOf)
    .pipe(z.array(hostName, 'must be a list of hosts such as portal.intra.hu,10.1.2.3'))
    .optional(),
  SERVICE_NAME: words.default('Ügyfélkapu'),
  PLUS_NAME: words.default('Ügyfélkapu+'),
  CONTACT_EMAIL: z.email('must be an e-mail address').optional(),
  CONTACT_PHONE: words.optional(),
  METRICS_PORT: port.optional(),
  METRICS_HOST: words.default('localhost'),
  OTEL_EXPORTER_OTLP_ENDPOINT: address('https?', 'http://localhost:4318').optional(),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  KEY_ROTATION_DAYS: wholeNumber(0, 3650).default(90),
  DEMO_PORTAL_PORT: port.default(3001),
  ACR_LOW: acr.default('http://eidas.europa.eu/LoA/low'),
  ACR_SUBSTANTIAL: acr.default('http://eidas.europa.eu/LoA/substantial'),
  PASSWORD_MIN_LENGTH: wholeNumber(8, 64).optional(),
  ARGON2_MEMORY_KIB: wholeNumber(19_456, 4_194_304).default(19_456),
  ARGON2_PASSES: wholeNumber(2, 100).default(2),
  ARGON2_LANES: wholeNumber(1, 64).default(1),
  HASH_THREADS: wholeNumber(1, 256).optional(),
  WORKERS: wholeNumber(1, 256).default(1),
  SESSION_IDLE_MINUTES: wholeNumber(1, 1440).default(30),
  SESSION_MAX_HOURS: wholeNumber(1, 720).default(12),
  ACCOUNT_CLOSING_DAYS: wholeNumber(0, 365).default(14),
  CLIENT_APPROVAL: oneOf(['one-admin', 'two-admins']).default('one-admin'),
  TEST_HOSTS: z
    .string()
    .default('')
    .transform(listOf)
    .pipe(z.array(hostName, 'must be a list of hosts such as test.portal.hu,localhost')),
  DESK_FOUR_EYES: oneOf(['yes', 'no']).default('yes'),
  DESK_OBJECTION_HOURS: wholeNumber(0, 168).default(24),
});

/** Every variable there is, for the test that holds `.env.example` against them. */
export const VARIABLES: readonly string[] = Object.keys(schema.shape);

export type Parsed = z.output<typeof schema>;

/** In plain words, one a line. */
export function contradictions(parsed: Parsed): string[] {
  const { ACR_LOW, ACR_SUBSTANTIAL, ISSUER, TLS_CERT, TLS_KEY } = parsed;
  return [
    ...(ACR_LOW === ACR_SUBSTANTIAL ? ['ACR_SUBSTANTIAL: must differ from ACR_LOW'] : []),
    ...((TLS_CERT === undefined) !== (TLS_KEY === undefined) ? ['TLS_CERT, TLS_KEY: set both or none'] : []),
    ...(TLS_CERT && ISSUER?.startsWith('http:') ? ['ISSUER: must begin with https:// with TLS_CERT'] : []),
    ...(parsed.WORKERS > 1 && !redisOf(parsed)
      ? ['WORKERS: more than one needs Redis: the embedded store is for one process that serves']
      : []),
    ...redisContradictions(parsed),
  ];
}
