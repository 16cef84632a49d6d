/**
 * Argon2id in worker threads of its own, at lower priority. In libuv's pool it would starve everything that signs:
 * WebCrypto waits in the same pool.
 */
import { Piscina } from 'piscina';
import { type Metrics, Overloaded, type PasswordHasher } from '../provider/flows/ports.ts';
import { NO_METRICS } from './measured.ts';
import type { Argon2Parameters, Hashed, HashTask } from './password-hasher.worker.ts';

export interface HasherOptions {
  readonly argon2: Argon2Parameters;
  readonly threads: number;
  /** How many may wait before more are turned away. */
  readonly maxQueue: number;
  readonly metrics?: Metrics;
}

export interface ClosablePasswordHasher extends PasswordHasher {
  close(): Promise<void>;
}

export async function passwordHasher({
  argon2,
  threads,
  maxQueue,
  metrics = NO_METRICS,
}: HasherOptions): Promise<ClosablePasswordHasher> {
  const fromSource = import.meta.url.endsWith('.ts');
  const pool = new Piscina<HashTask, Hashed>({
    filename: new URL(`./password-hasher.worker.${fromSource ? 'ts' : 'js'}`, import.meta.url).href,
    execArgv: fromSource ? ['--import', 'tsx'] : [],
    env: {},
    minThreads: threads,
    maxThreads: threads,
    maxQueue,
  });

  metrics.stands('kapu_hash_queue_length', {}, () => pool.queueSize);

  async function run(task: HashTask): Promise<string | boolean> {
    // Piscina throws when its queue is full; asking first tells that apart from a fault in the worker.
    if (pool.queueSize >= maxQueue) {
      metrics.count('kapu_hash_refused_total', {});
      throw new Overloaded('too many passwords are waiting to be checked');
    }
    const begun = performance.now();
    const { answer, seconds } = await pool.run(task);
    metrics.took('kapu_hash_seconds', seconds, {});
    metrics.took('kapu_hash_wait_seconds', Math.max(0, (performance.now() - begun) / 1000 - seconds), {});
    return answer;
  }

  const hash = async (secret: string) => String(await run({ kind: 'hash', secret, argon2 }));
  const stranger = await hash('nobody has this password');

  return {
    hash,
    async verify(known, secret) {
      const matches = await run({ kind: 'verify', hash: known ?? stranger, secret });
      return known !== undefined && matches === true;
    },
    outdated: (known) => isWeaker(known, argon2),
    close: () => pool.close(),
  };
}

function isWeaker(phc: string, { memoryKiB, passes, lanes }: Argon2Parameters): boolean {
  const parameters = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(phc);
  if (!parameters) return true;
  const [m = 0, t = 0, p = 0] = parameters.slice(1).map(Number);
  return m < memoryKiB || t < passes || p < lanes;
}
