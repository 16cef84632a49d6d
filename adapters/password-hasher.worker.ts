/** The worker's side of the password hasher. */
import { scryptSync, timingSafeEqual } from 'node:crypto';
import os from 'node:os';
import { hashSync, verifySync } from '@node-rs/argon2';
import { verifySync as verifyBcrypt } from '@node-rs/bcrypt';
import { type Scrypt, scryptBytes, scryptOf } from '../provider/core/password-hash.ts';

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
      /** Hashes whose check takes its time when the secret is wrong; what they answer counts for nothing. */
      readonly decoys?: readonly string[];
    };

export interface Hashed {
  readonly answer: string | boolean;
  /** How long the computation itself took. */
  readonly seconds: number;
}

/** Bytes: "128 bits is sufficient for most applications" (RFC 9106 §4), and twice that would tell no more of a password. */
const TAG_BYTES = 16;

/** Of the time that others want, next to nothing. */
const LOWEST = 19;

try {
  // On Linux this holds for the calling thread only: hashing yields to everything that answers people.
  os.setPriority(0, LOWEST);
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
  const right = matches(task.hash, task.secret);
  if (!right) for (const decoy of task.decoys ?? []) matches(decoy, task.secret);
  return right;
}

/** By the kind of the hash; whether it may be kept at all was asked when it was stored. */
function matches(hash: string, secret: string): boolean {
  if (/^\$2[aby]\$/.test(hash)) return verifyBcrypt(secret, hash);
  const scrypt = scryptOf(hash);
  return scrypt ? scryptMatches(scrypt, secret) : verifySync(hash, secret);
}

function scryptMatches(scrypt: Scrypt, secret: string): boolean {
  const { N, r, p } = scrypt;
  const kept = Buffer.from(scrypt.hash, 'base64');
  // Twice what it needs: the library counts a little besides.
  const maxmem = 2 * scryptBytes(scrypt);
  const made = scryptSync(secret, Buffer.from(scrypt.salt, 'base64'), kept.length, { N, r, p, maxmem });
  return timingSafeEqual(made, kept);
}

function hashed(secret: string, { memoryKiB, passes, lanes }: Argon2Parameters): string {
  const work = { memoryCost: memoryKiB, timeCost: passes, parallelism: lanes };
  return hashSync(secret, { ...work, outputLen: TAG_BYTES });
}
