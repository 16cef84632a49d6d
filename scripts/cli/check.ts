/** `check`: is the configuration sound, does the store answer, and will Redis keep what it is given. */
import { storedClients } from '../../adapters/clients.ts';
import { assertFreeSpace } from '../../adapters/free-space.ts';
import { openLog } from '../../adapters/log.ts';
import { redisFindings } from '../../adapters/redis/findings.ts';
import { systemClock } from '../../adapters/system.ts';
import { type Env, EnvError, readEnv } from '../../config/env.ts';
import { PASSWORD_MIN_LENGTH } from '../../config/policy.ts';
import { type RedisSettings, redisInWords } from '../../config/redis.ts';
import { signingKeysOf } from '../../provider/composition/keys.ts';
import { DAY_MS } from '../../provider/core/duration.ts';
import { portalsAtLow } from '../../provider/flows/password-length.ts';
import { type Answer, inFull } from './answer.ts';
import { storeOf } from './opened.ts';

interface Finding {
  readonly subject: string;
  readonly ok: boolean;
  /** Fine today, and not on a bad day. */
  readonly doubtful?: boolean;
  readonly detail: string;
}

export async function check(): Promise<Answer> {
  const findings = await allFindings();
  const ok = findings.every((finding) => finding.ok);
  return {
    document: { ok, findings },
    text: findings.map(line).join('\n'),
    failed: !ok,
  };
}

function line({ ok, doubtful, subject, detail }: Finding): string {
  const verdict = ok ? (doubtful ? 'NOTE ' : 'ok   ') : 'WRONG';
  return `${verdict}  ${subject}: ${detail}`;
}

async function allFindings(): Promise<Finding[]> {
  try {
    const env = readEnv();
    const configuration = { subject: 'configuration', ok: true, detail: `issuer ${env.issuer}` };
    return [configuration, ...(await storeFindings(env))];
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    return error.problems.map((detail) => ({ subject: 'configuration', ok: false, detail }));
  }
}

async function storeFindings(env: Env): Promise<Finding[]> {
  const where = env.redis === undefined ? `embedded, in ${env.dataDir}` : `Redis, ${redisInWords(env.redis)}`;
  const answers = { subject: 'store', ok: true, detail: where };
  try {
    const [keys, passwords] = [await keysFinding(env), await passwordFinding(env)];
    if (env.redis) return [answers, ...(await settingsOf(env.redis)), keys, passwords];
    assertFreeSpace(env.dataDir);
    return [answers, keys, passwords];
  } catch (error) {
    return [{ ...answers, ok: false, detail: `${where}: ${inFull(error as Error)}` }];
  }
}

/** Do the signing keys open with SECRET_KEYS, and since when do they sign. */
async function keysFinding(env: Env): Promise<Finding> {
  const subject = 'signing keys';
  const store = await storeOf(env);
  try {
    const signingKeys = signingKeysOf(env, { store, clock: systemClock, log: openLog('silent') });
    const keys = await signingKeys.list();
    try {
      signingKeys.jwks(keys);
    } catch (error) {
      return { subject, ok: false, detail: (error as Error).message };
    }
    const signing = keys.flatMap(({ alg, signingAt, retiredAt }) =>
      signingAt === undefined || retiredAt !== undefined ? [] : [`${alg} ${daysSince(signingAt)}`],
    );
    return { subject, ok: true, detail: signing.join(', ') || 'none yet, the first start makes them' };
  } finally {
    await store.close();
  }
}

/** Whether what the operator has decided is enough where a password alone opens a portal. */
async function passwordFinding(env: Env): Promise<Finding> {
  const subject = 'passwords';
  const store = await storeOf(env);
  try {
    const low = await portalsAtLow(storedClients(store, systemClock), env.acrValues);
    const { alone, withCode } = PASSWORD_MIN_LENGTH;
    const least = env.passwordMinLength ?? (low > 0 ? alone : withCode);
    const said = `${least} characters at least, ${low} portal(s) accept level low`;
    if (low === 0 || least >= alone) return { subject, ok: true, detail: said };
    const detail = `${said}: leave PASSWORD_MIN_LENGTH unset, or set ${alone}`;
    return { subject, ok: true, doubtful: true, detail };
  } finally {
    await store.close();
  }
}

const daysSince = (at: number) => `for ${Math.floor((Date.now() - at) / DAY_MS)} days`;

async function settingsOf(redis: RedisSettings): Promise<Finding[]> {
  const findings = await redisFindings(redis);
  return findings.map(({ verdict, setting, value, advice }) => ({
    subject: `Redis ${setting}`,
    ok: verdict !== 'wrong',
    ...(verdict === 'doubtful' && { doubtful: true }),
    detail: verdict === 'fine' ? value : `${value}: ${advice}`,
  }));
}
