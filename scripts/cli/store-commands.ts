/** `backup`, `backup verify`, `restore`, `store copy`: everything that is kept, from one place to another. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readBackup, verifyBackup, writeBackup } from '../../adapters/backup/backup-file.ts';
import { NotOpened } from '../../adapters/backup/sealed-stream.ts';
import { type Counts, isFree, lastingOnly, transfer } from '../../adapters/backup/transfer.ts';
import type { Engine, Holding } from '../../adapters/store.ts';
import { type Env, readEnv } from '../../config/env.ts';
import { redisAt } from '../../config/redis.ts';
import { bytesOf, secretKey } from '../../config/values.ts';
import { type Answer, Problem } from './answer.ts';
import { withEngine } from './opened.ts';

interface Options {
  readonly lasting?: boolean;
  readonly keyFile?: string;
}

export async function backup(file: string, { lasting, keyFile }: Options): Promise<Answer> {
  if (existsSync(file)) throw new Problem('file-exists', `there is ${file} already`);
  const env = readEnv();
  const keys = keysOf(keyFile, env);
  const [key = new Uint8Array()] = keys;
  await withEngine(env, (engine) => writeBackup(file, selected(engine.walk(), lasting), key)).catch(plainly);
  // What can't be read when it is needed is none: it is read now.
  return verified(file, keys);
}

export function verify(file: string, { keyFile }: Options): Promise<Answer> {
  return verified(file, keysOf(keyFile));
}

export async function restore(file: string, { lasting, keyFile }: Options): Promise<Answer> {
  const env = readEnv();
  const keys = keysOf(keyFile, env);
  await verified(file, keys);
  return withEngine(env, (engine) => fill(engine, selected(readBackup(file, keys), lasting)));
}

export async function copy({ to, lasting }: { to: string; lasting?: boolean }): Promise<Answer> {
  const env = readEnv();
  const target = /^rediss?:/.test(to)
    ? { redis: redisAt(to), dataDir: env.dataDir }
    : { dataDir: path.resolve(to) };
  return withEngine(env, (from) =>
    withEngine(target, (engine) => fill(engine, selected(from.walk(), lasting))),
  );
}

async function fill(engine: Engine, holdings: AsyncIterable<Holding>): Promise<Answer> {
  if (!(await isFree(engine)))
    throw new Problem('store-not-empty', 'the store holds something: only an empty one can be written to');
  return answerOf(await transfer(holdings, engine));
}

function selected(holdings: AsyncIterable<Holding>, lasting = false): AsyncIterable<Holding> {
  return lasting ? lastingOnly(holdings) : holdings;
}

async function verified(file: string, keys: readonly Uint8Array[]): Promise<Answer> {
  return answerOf(await verifyBackup(file, keys).catch(plainly));
}

function keysOf(keyFile?: string, env?: Env): readonly Uint8Array[] {
  if (keyFile === undefined) return (env ?? readEnv()).secretKeys;
  const text = readFileSync(keyFile, 'utf8').trim();
  if (!secretKey.safeParse(text).success)
    throw new Problem('usage', '--key-file must hold 32 random bytes in base64 or hexadecimal');
  return [bytesOf(text)];
}

function plainly(error: unknown): never {
  if (error instanceof NotOpened)
    throw new Problem('backup-not-opened', `the backup can't be opened: ${error.message}`);
  if (error instanceof Error && 'code' in error && 'syscall' in error)
    throw new Problem('file', `the file can't be used: ${error.message}`);
  throw error;
}

function answerOf(counts: Counts): Answer {
  const { documents, members, entries } = counts;
  return {
    document: counts,
    text: `${documents} documents, ${members} members of sets, ${entries} entries of streams.`,
  };
}
