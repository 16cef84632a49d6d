/** The configuration: every problem of the environment told at once, and nothing secret with a default in production. */
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EnvError, hashThreads, readDemoEnv, readEnv } from '../../config/env.ts';
import { newFolder } from '../support/folders.ts';

let dataDir: string;
beforeAll(() => {
  dataDir = newFolder('env');
});
afterAll(() => rmSync(dataDir, { recursive: true }));

const key = () => randomBytes(32).toString('base64url');

const read = (variables: NodeJS.ProcessEnv = {}) => readEnv({ DATA_DIR: dataDir, ...variables });

function problemsOf(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof EnvError) return error.problems;
    throw error;
  }
  return [];
}
const problems = (variables: NodeJS.ProcessEnv) => problemsOf(() => read(variables));

const production = (changes: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  NODE_ENV: 'production',
  ISSUER: 'https://login.example.hu',
  SMTP_URL: 'smtps://mail.example.hu',
  MAIL_FROM: 'Ügyfélkapu <noreply@example.hu>',
  COOKIE_KEYS: key(),
  SECRET_KEYS: `${key()},${key()}`,
  PAIRWISE_SALT: key(),
  CONTACT_EMAIL: 'help@example.hu',
  ...changes,
});

describe('in development', () => {
  test('nothing needs to be set', () => {
    const env = read();
    expect(env).toMatchObject({ production: false, issuer: 'http://localhost:3000', port: 3000 });
    expect(env).not.toHaveProperty('redis');
    expect(env).not.toHaveProperty('smtpUrl');
  });

  test('the issuer follows the port', () => {
    expect(read({ PORT: '4000' }).issuer).toBe('http://localhost:4000');
  });

  test('an empty variable counts as absent', () => {
    expect(read({ PORT: '', REDIS_URL: '', LOG_LEVEL: '' })).toEqual(read());
  });

  test('keys are made once, kept, and readable for their owner only', () => {
    expect(read().secretKeys).toEqual(read().secretKeys);
    expect(statSync(path.join(dataDir, 'development-keys.json')).mode & 0o777).toBe(0o600);
  });

  test('a key ring is read newest first, blanks ignored', () => {
    const [newer, older] = [key(), key()];
    expect(read({ COOKIE_KEYS: ` ${newer} , ${older},` }).cookieKeys).toEqual([newer, older]);
  });

  test('an issuer is an origin, with or without the slash', () => {
    expect(read({ ISSUER: 'https://login.example.hu/' }).issuer).toBe('https://login.example.hu');
  });
});

describe('problems', () => {
  test('are listed all at once', () => {
    const found = problems({
      PORT: 'eighty',
      ISSUER: 'login.example.hu',
      LOG_LEVEL: 'loud',
      COOKIE_KEYS: 'x',
    });
    expect(found.map((problem) => problem.split(':')[0])).toEqual([
      'ISSUER',
      'PORT',
      'COOKIE_KEYS',
      'LOG_LEVEL',
    ]);
  });

  const wholeNumber = (from: number, to: number) => `must be a whole number from ${from} to ${to}`;
  test.each([
    ['PORT', 'eighty', wholeNumber(0, 65_535)],
    ['PORT', '65536', wholeNumber(0, 65_535)],
    ['PORT', '3000.5', wholeNumber(0, 65_535)],
    ['PORT', '0x50', wholeNumber(0, 65_535)],
    ['PORT', '-1', wholeNumber(0, 65_535)],
    ['ARGON2_MEMORY_KIB', '1024', wholeNumber(19_456, 4_194_304)],
    ['PASSWORD_MIN_LENGTH', '7', wholeNumber(8, 64)],
    ['SESSION_IDLE_MINUTES', '0', wholeNumber(1, 1440)],
    ['NODE_ENV', 'prod', 'must be one of production, development, test'],
    ['LOG_LEVEL', 'loud', 'must be one of fatal, error, warn, info, debug, silent'],
    ['ISSUER', 'login.example.hu', 'must be an address such as https://login.example.hu'],
    ['ISSUER', 'ftp://login.example.hu', 'must be an address such as https://login.example.hu'],
    ['ISSUER', 'https://a.hu/path', 'must be an origin: no path, query, fragment, user name or password'],
    ['ISSUER', 'https://me:pw@a.hu', 'must be an origin: no path, query, fragment, user name or password'],
    ['REDIS_URL', 'localhost:6379', 'must be an address such as redis://localhost:6379'],
    ['REDIS_URL', 'redis://a:%zz@b', 'must have its user name and password percent-encoded'],
    ['REDIS_SENTINELS', 'localhost', 'must be a list such as 10.0.0.1:6379,10.0.0.2:6379'],
    ['REDIS_CLUSTER_NODES', ',', 'must hold one address at least'],
    ['REDIS_TLS', 'maybe', 'must be one of yes, no'],
    ['REDIS_CA_FILE', '/nowhere/ca.pem', 'must be a file that can be read'],
    ['WORKERS', '2', 'more than one needs Redis: the embedded store is for one process that serves'],
    ['WORKERS', '0', wholeNumber(1, 256)],
    ['REDIS_WAIT_REPLICAS', '1', 'the embedded store has no replicas'],
    ['SMTP_URL', 'http://a.hu', 'must be an address such as smtps://user:password@mail.example.hu'],
    ['MAIL_FROM', 'nobody', 'must be an e-mail address or Name <address>'],
    ['MAIL_FROM', 'A <a@b.hu>\r\nBcc: c@d.hu', 'must be an e-mail address or Name <address>'],
    ['CONTACT_EMAIL', 'nobody', 'must be an e-mail address'],
    ['PAIRWISE_SALT', 'short', 'must have 32 characters at least'],
    ['COOKIE_KEYS', ',', 'must hold one key at least'],
    ['TRUST_PROXY', 'proxy', 'must be a list of addresses or networks such as 10.0.0.5,192.168.0.0/16'],
    ['ACR_LOW', 'two words', 'must be one word or address without spaces'],
    ['ACR_LOW', 'http://eidas.europa.eu/LoA/substantial', undefined],
    ['SERVICE_NAME', ' ', 'must not be blank'],
    ['SERVICE_NAME', 'a\nb', 'must be one line of text'],
  ])('%s=%j', (name, value, problem) => {
    const expected = problem ? `${name}: ${problem}` : 'ACR_SUBSTANTIAL: must differ from ACR_LOW';
    expect(problems({ [name]: value })).toContain(expected);
  });
});

describe('Redis', () => {
  test('is one server, with user, password, database and TLS from its address', () => {
    expect(read({ REDIS_URL: 'rediss://kapu:h%40sh@[::1]:7000/3', REDIS_WAIT_REPLICAS: '2' }).redis).toEqual({
      kind: 'standalone',
      address: { host: '::1', port: 7000 },
      database: 3,
      username: 'kapu',
      password: 'h@sh',
      tls: true,
      waitReplicas: 2,
    });
  });

  test('is the master that Sentinels name', () => {
    const login = { REDIS_PASSWORD: 'hush', REDIS_SENTINEL_USERNAME: 's', REDIS_SENTINEL_PASSWORD: 't' };
    expect(read({ REDIS_SENTINELS: 'a:1, [::2]:2', REDIS_MASTER: 'main', ...login }).redis).toEqual({
      kind: 'sentinel',
      sentinels: [
        { host: 'a', port: 1 },
        { host: '::2', port: 2 },
      ],
      master: 'main',
      password: 'hush',
      sentinelLogin: { username: 's', password: 't' },
      tls: false,
      waitReplicas: 0,
    });
  });

  test('is a Cluster, and never two of the three', () => {
    const nodes = { REDIS_CLUSTER_NODES: 'a:1,b:2' };
    expect(read({ ...nodes, REDIS_TLS: 'yes' }).redis).toMatchObject({ kind: 'cluster', tls: true });
    expect(problems({ ...nodes, REDIS_URL: 'redis://a' })).toEqual([
      'REDIS_CLUSTER_NODES: must not be set together with REDIS_URL',
    ]);
  });
});

describe('in production', () => {
  test('a complete configuration is accepted, with Redis or without', () => {
    expect(read(production())).toMatchObject({ production: true });
    expect(read(production({ REDIS_URL: 'rediss://redis.example.hu' })).redis).toMatchObject({
      kind: 'standalone',
      tls: true,
    });
  });

  test('nothing secret has a default: everything missing is listed', () => {
    expect(problems({ NODE_ENV: 'production' })).toEqual(
      ['ISSUER', 'SMTP_URL', 'MAIL_FROM', 'CONTACT_EMAIL', 'COOKIE_KEYS', 'SECRET_KEYS', 'PAIRWISE_SALT'].map(
        (name) => `${name}: is required in production`,
      ),
    );
  });

  test.each(['COOKIE_KEYS', 'SECRET_KEYS', 'PAIRWISE_SALT'])('%s: missing, empty or guessable', (name) => {
    expect(problems(production({ [name]: undefined }))).toEqual([`${name}: is required in production`]);
    expect(problems(production({ [name]: '' }))).toEqual([`${name}: is required in production`]);
    expect(problems(production({ [name]: 'A'.repeat(43) }))).toEqual([
      `${name}: is guessable; make a random one`,
    ]);
  });

  test.each(['COOKIE_KEYS', 'SECRET_KEYS', 'PAIRWISE_SALT'])('%s: the development one', (name) => {
    read();
    const made = JSON.parse(readFileSync(path.join(dataDir, 'development-keys.json'), 'utf8'))[name];
    expect(problems(production({ [name]: made }))).toEqual([
      `${name}: is the development one; make a new one`,
    ]);
  });

  test('keys of another length are refused', () => {
    const short = randomBytes(16).toString('base64url');
    expect(problems(production({ SECRET_KEYS: `${key()},${short}` }))).toEqual([
      expect.stringContaining('SECRET_KEYS: each key must be 32 random bytes in base64 or hexadecimal'),
    ]);
  });

  test('the issuer must be https', () => {
    expect(problems(production({ ISSUER: 'http://login.example.hu' }))).toEqual([
      'ISSUER: must begin with https:// in production',
    ]);
  });
});

describe('the demo', () => {
  test('refuses production before anything else', () => {
    expect(problemsOf(() => readDemoEnv({ DATA_DIR: dataDir, NODE_ENV: 'production' }))).toEqual([
      expect.stringContaining('NODE_ENV: this is the demo'),
    ]);
  });

  test('is quiet and names an example of an address for help, unless told otherwise', () => {
    expect(readDemoEnv({ DATA_DIR: dataDir })).toMatchObject({
      logLevel: 'warn',
      contact: { email: 'ugyfelszolgalat@example.hu' },
    });
    expect(readDemoEnv({ DATA_DIR: dataDir, LOG_LEVEL: 'info' }).logLevel).toBe('info');
  });

  test('needs two ports', () => {
    const variables = { DATA_DIR: dataDir, PORT: '3001' };
    expect(problemsOf(() => readDemoEnv(variables))).toEqual(['DEMO_PORTAL_PORT: must differ from PORT']);
  });
});

test.each([
  [1, 1, 1],
  [2, 1, 1],
  [8, 1, 7],
  [8, 4, 1],
  [16, 2, 7],
])(
  'of %i processors and %i workers each hashes on %i threads: one is left to its event loop',
  (processors, workers, threads) => {
    expect(hashThreads(processors, workers)).toBe(threads);
  },
);
