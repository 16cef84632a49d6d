/** The worker's side of the password hasher. */
import os from 'node:os';
import { hashSync, verifySync } from '@node-rs/argon2';

export interface Argon2Parameters {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}

export type HashTask =
  | { readonly kind: 'hash'; readonly secret: string; readonly argon2: Argon2Parameters }
  | {
      readonly kind: 'verify';
      readonly hash: string;
      readonly secret: string;
      /** Work to be done besides, for nothing but the time that it takes. */
      readonly more?: Argon2Parameters;
    };

export interface Hashed {
  readonly answer: string | boolean;
  /** How long the computation itself took. */
  readonly seconds: number;
}

const BELOW_NORMAL = 10;

try {
  // On Linux this holds for the calling thread only: hashing yields to everything that answers people.
  os.setPriority(0, BELOW_NORMAL);
} catch {
  // Not permitted everywhere; hashing then competes at normal priority.
}

export default function run(task: HashTask): Hashed {
  const begun = performance.now();
  const answer = computed(task);
  return { answer, seconds: (performance.now() - begun) / 1000 };
}

function computed(task: HashTask): string | boolean {
  if (task.kind === 'hash') return hashed(task.secret, task.argon2);
  if (task.more) hashed(task.secret, task.more);
  return verifySync(task.hash, task.secret);
}

function hashed(secret: string, { memoryKiB, passes, lanes }: Argon2Parameters): string {
  return hashSync(secret, { memoryCost: memoryKiB, timeCost: passes, parallelism: lanes });
}
