/**
 * `npm run bench:import`: how long `kapu account import` takes for 10,000 and 100,000 rows (or as many as named), into an
 * empty embedded store and an empty Redis, and whether its memory grows with the rows. Its own memory is what counts:
 * pages of the embedded store's file are the system's, which takes them back when it needs them. Linux only.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { redisInstalled, startRedis } from '../../test/support/redis-server.ts';

const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [10_000, 100_000];
const HASH = `$scrypt$ln=14,r=8,p=1$${'c2FsdHNhbHRzYWx0'}$${'A'.repeat(43)}`;
const LOOK_EVERY_MS = 100;

function* rows(count: number): Generator<string> {
  yield 'username,email,family_name,given_name,birthdate,mothers_birth_name,password_hash\n';
  for (let i = 0; i < count; i += 1)
    yield `polgar${i},polgar${i}@example.hu,Kovács,"Anna, ${i}",1950-02-03,Szabó Éva,"${HASH}"\n`;
}

/** MiB of memory that the process has now: of its own, and all that it has mapped. */
function memoryOf({ pid }: ChildProcess): { own: number; all: number } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const mib = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024;
    return { own: mib('RssAnon'), all: mib('VmHWM') };
  } catch {
    return { own: 0, all: 0 };
  }
}

async function imported(file: string, variables: Readonly<Record<string, string>>) {
  const peak = { own: 0, all: 0 };
  const begun = performance.now();
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'scripts/kapu.ts', 'account', 'import', file, '--json'],
    { env: { NODE_ENV: 'development', ...variables }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const looking = setInterval(() => {
    const { own, all } = memoryOf(child);
    peak.own = Math.max(peak.own, own);
    peak.all = Math.max(peak.all, all);
  }, LOOK_EVERY_MS);
  const said = JSON.parse(await text(child.stdout)) as { imported: number };
  clearInterval(looking);
  return { seconds: (performance.now() - begun) / 1000, imported: said.imported, peak };
}

async function measured(count: number, engine: 'embedded' | 'redis'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kapu-import-'));
  const redis = engine === 'redis' ? await startRedis() : undefined;
  const file = join(folder, 'rows.csv');
  await pipeline(Readable.from(rows(count)), createWriteStream(file));
  const place = { DATA_DIR: join(folder, 'data'), ...(redis && { REDIS_URL: redis.url }) };
  const { seconds, imported: done, peak } = await imported(file, place);
  await redis?.stop();
  await rm(folder, { recursive: true });
  const cells = [
    engine,
    done,
    seconds.toFixed(1),
    Math.round(done / seconds),
    ...Object.values(peak).map(Math.round),
  ];
  return `| ${cells.join(' | ')} |\n`;
}

process.stdout.write('| store | rows imported | seconds | rows/s | peak MiB, own | peak MiB, mapped too |\n');
process.stdout.write('| --- | --- | --- | --- | --- | --- |\n');
for (const engine of redisInstalled() ? (['embedded', 'redis'] as const) : (['embedded'] as const))
  for (const size of SIZES) process.stdout.write(await measured(size, engine));
