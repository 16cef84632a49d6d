/**
 * Argon2id in worker threads of its own, at lower priority. In libuv's pool it would starve everything that signs:
 * WebCrypto waits in the same pool.
 */
import { Piscina } from 'piscina';
import { hashShape } from '../provider/core/password-hash.ts';
import { type Metrics, Overloaded, type PasswordHasher } from '../provider/flows/ports.ts';
import { NO_METRICS } from './measured.ts';
import type { Argon2Parameters, Hashed, HashTask } from './password-hasher.worker.ts';
import { places } from './places.ts';
import { recentMean } from './recent-mean.ts';

export interface Patience {
  /** Beyond this, who has typed nothing yet is kept out: so that whoever has typed is hardly ever turned away. */
  readonly keepOutMs: number;
  /** Beyond this, who has typed a password is asked to come back. */
  readonly turnAwayMs: number;
  /** Beyond this, whoever asks is refused: those already under way have the room between. */
  readonly refuseMs: number;
}

export interface HasherOptions {
  readonly argon2: Argon2Parameters;
  readonly threads: number;
  /** How long a password may wait for its turn, in milliseconds of work as lately measured. */
  readonly patience: Patience;
  readonly metrics?: Metrics;
}

/** RFC 9106 §3.1: eight blocks of a kibibyte for each lane. */
const ARGON2_LEAST_KIB = 8;

export interface ClosablePasswordHasher extends PasswordHasher {
  close(): Promise<void>;
}

export interface MeasuredPasswordHasher extends ClosablePasswordHasher {
  /** How many passwords were checked since it began, how many it can check in a second as lately measured, and how long one that comes now would wait. */
  throughput(): { readonly checked: number; readonly checksPerSecond: number; readonly waitMs: number };
}

export async function passwordHasher({
  argon2,
  threads,
  patience,
  metrics = NO_METRICS,
}: HasherOptions): Promise<MeasuredPasswordHasher> {
  const fromSource = import.meta.url.endsWith('.ts');
  const pool = new Piscina<HashTask, Hashed>({
    filename: new URL(`./password-hasher.worker.${fromSource ? 'ts' : 'js'}`, import.meta.url).href,
    execArgv: fromSource ? ['--import', 'tsx'] : [],
    env: {},
    // The others begin when two passwords first come at once, and stay: each takes 8 MiB.
    minThreads: 1,
    maxThreads: threads,
    idleTimeout: Number.POSITIVE_INFINITY,
  });

  metrics.stands('kapu_hash_queue_length', {}, () => pool.queueSize);

  const eachMs = recentMean();
  let checked = 0;
  const back = places();
  const waitMs = () => (pool.queueSize * eachMs.value()) / threads;

  function busyMs(stage: 'entering' | 'typed' = 'typed'): number | undefined {
    const wait = waitMs();
    if (wait <= (stage === 'typed' ? patience.turnAwayMs : patience.keepOutMs)) return undefined;
    metrics.count('kapu_hash_refused_total', {});
    return back.next(wait, eachMs.value() / threads);
  }

  async function run(task: HashTask): Promise<string | boolean> {
    if (waitMs() > patience.refuseMs) {
      metrics.count('kapu_hash_refused_total', {});
      throw new Overloaded('too many passwords are waiting to be checked');
    }
    const begun = performance.now();
    const { answer, seconds } = await pool.run(task);
    const tookMs = seconds * 1000;
    checked += 1;
    eachMs.note(tookMs);
    metrics.took('kapu_hash_seconds', seconds, {});
    metrics.took('kapu_hash_wait_seconds', Math.max(0, (performance.now() - begun) / 1000 - seconds), {});
    return answer;
  }

  const hash = async (secret: string) => String(await run({ kind: 'hash', secret, argon2 }));
  const stranger = await hash('nobody has this password');
  const foreign = foreignHashes(argon2);

  return {
    hash,
    busyMs,
    throughput: () => ({ checked, checksPerSecond: (1000 * threads) / eachMs.value(), waitMs: waitMs() }),
    async verify(known, secret) {
      const hash = known ?? stranger;
      const isForeign = foreign.note(hash);
      const more = isForeign ? argon2 : missingWork(hash, argon2);
      const decoys = foreign.others(hash);
      const matches = await run({ kind: 'verify', hash, secret, decoys, ...(more && { more }) });
      return known !== undefined && matches === true;
    },
    outdated: (known) => isWeaker(known, argon2),
    close: () => pool.close(),
  };
}

/** Those of other systems that an import may have left in use at the same time. */
const FOREIGN_SHAPES = 4;

/**
 * Hashes that other systems made take longer or shorter than ours, which would tell whose account was imported. So a
 * wrong password takes, whoever's it is, today's work and that of each foreign kind which this process has met.
 */
function foreignHashes(today: Argon2Parameters) {
  const met = new Map<string, string>();

  return {
    note(hash: string): boolean {
      const shape = hashShape(hash);
      if (shape === undefined || !isDearer(hash, today)) return false;
      if (met.has(shape) || met.size < FOREIGN_SHAPES) met.set(shape, hash);
      return true;
    },
    others(hash: string): string[] {
      const own = hashShape(hash);
      return [...met].filter(([shape]) => shape !== own).map(([, other]) => other);
    },
  };
}

/** Or of another kind. */
function isDearer(phc: string, today: Argon2Parameters): boolean {
  const used = parametersOf(phc);
  return !used || used.memoryKiB * used.passes > today.memoryKiB * today.passes;
}

function parametersOf(phc: string): Argon2Parameters | undefined {
  const parameters = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(phc);
  if (!parameters) return undefined;
  const [memoryKiB = 0, passes = 0, lanes = 0] = parameters.slice(1).map(Number);
  return { memoryKiB, passes, lanes };
}

function isWeaker(phc: string, { memoryKiB, passes, lanes }: Argon2Parameters): boolean {
  const used = parametersOf(phc);
  return !used || used.memoryKiB < memoryKiB || used.passes < passes || used.lanes < lanes;
}

/**
 * What an older hash took less than today's: an account that answers faster than a name that does not exist is an
 * account that exists. The work of Argon2 grows with memory times passes.
 */
export function missingWork(phc: string, today: Argon2Parameters): Argon2Parameters | undefined {
  const used = parametersOf(phc);
  const missing = today.memoryKiB * today.passes - (used ? used.memoryKiB * used.passes : 0);
  const passes = Math.ceil(missing / today.memoryKiB);
  const memoryKiB = Math.round(missing / Math.max(1, passes));
  const lanes = today.lanes;
  return memoryKiB < ARGON2_LEAST_KIB * lanes ? undefined : { memoryKiB, passes, lanes };
}
