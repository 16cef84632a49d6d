/** `check`: is the configuration sound, does the store answer, and will Redis keep what it is given. */
import { redisFindings } from '../../adapters/redis/findings.ts';
import { type Env, EnvError, readEnv } from '../../config/env.ts';
import type { Answer } from './answer.ts';
import { storeOf } from './opened.ts';

interface Finding {
  readonly subject: string;
  readonly ok: boolean;
  readonly detail: string;
}

export async function check(): Promise<Answer> {
  const findings = await allFindings();
  const ok = findings.every((finding) => finding.ok);
  return {
    document: { ok, findings },
    text: findings.map((one) => `${one.ok ? 'ok   ' : 'WRONG'}  ${one.subject}: ${one.detail}`).join('\n'),
    failed: !ok,
  };
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
  const where =
    env.redisUrl === undefined ? `embedded, in ${env.dataDir}` : `Redis, ${withoutPassword(env.redisUrl)}`;
  const answers = { subject: 'store', ok: true, detail: where };
  try {
    await answering(env);
    return [answers, ...(env.redisUrl === undefined ? [] : await settingsOf(env.redisUrl))];
  } catch (error) {
    return [{ ...answers, ok: false, detail: `${where}: ${(error as Error).message}` }];
  }
}

async function answering(env: Env): Promise<void> {
  const store = await storeOf(env);
  try {
    await store.ping();
  } finally {
    await store.close();
  }
}

async function settingsOf(redisUrl: string): Promise<Finding[]> {
  const findings = await redisFindings(redisUrl);
  return findings.map(({ ok, setting, value, advice }) => ({
    subject: `Redis ${setting}`,
    ok,
    detail: ok ? value : `${value}: ${advice}`,
  }));
}

function withoutPassword(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
