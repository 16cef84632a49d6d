/**
 * Password hashes that another system made: which of them are taken over, until the next login makes them ours.
 * Parameters are capped: a hostile file must not let a single login hold up all the others.
 */

/** Kibibytes, and kibibytes times passes: about a second of one core. */
const ARGON2_MOST = { memoryKiB: 262_144, work: 1_048_576, lanes: 16 };
const BCRYPT_COST = { least: 4, most: 14 };
/** RFC 7914 §2: memory is 128 · r · 2^ln bytes, and the work of it is done p times. */
const SCRYPT_MOST = { bytes: 128 * 1024 * 1024, parallel: 8 };

const ARGON2ID =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,4}),p=(\d{1,3})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}$/;
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const SCRYPT =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})=*\$([A-Za-z0-9+/]{22,86})=*$/;

const numbers = (match: RegExpExecArray) => match.slice(1, 4).map(Number) as [number, number, number];

const TOO_DEAR = 'is of a hash that takes too long to check';

/** Why a hash can't be taken over; undefined when it can. */
export function passwordHashFault(hash: string): string | undefined {
  const argon2id = ARGON2ID.exec(hash);
  if (argon2id) return argon2Fault(...numbers(argon2id));
  const bcrypt = BCRYPT.exec(hash);
  if (bcrypt) return bcryptFault(Number(bcrypt[1]));
  const scrypt = scryptOf(hash);
  if (scrypt) return scryptFault(scrypt);
  return 'must be argon2id, bcrypt or scrypt in the PHC format';
}

function argon2Fault(memoryKiB: number, passes: number, lanes: number): string | undefined {
  if (passes < 1 || lanes < 1 || memoryKiB < 8 * lanes) return 'has parameters that Argon2 does not know';
  const { memoryKiB: most, work, lanes: mostLanes } = ARGON2_MOST;
  return memoryKiB > most || memoryKiB * passes > work || lanes > mostLanes ? TOO_DEAR : undefined;
}

function bcryptFault(cost: number): string | undefined {
  if (cost < BCRYPT_COST.least) return 'has a cost that bcrypt does not know';
  return cost > BCRYPT_COST.most ? TOO_DEAR : undefined;
}

/** A hash by scrypt, taken apart. */
export interface Scrypt {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: string;
  readonly hash: string;
}

/** Undefined for anything else. Salt and hash are Base64. */
export function scryptOf(phc: string): Scrypt | undefined {
  const match = SCRYPT.exec(phc);
  if (!match) return undefined;
  const [ln, r, p] = numbers(match);
  return { N: 2 ** ln, r, p, salt: match[4] ?? '', hash: match[5] ?? '' };
}

/** Bytes that scrypt needs (RFC 7914 §2). */
export const scryptBytes = ({ N, r, p }: Scrypt) => 128 * r * (N + p);

function scryptFault(scrypt: Scrypt): string | undefined {
  const { N, r, p } = scrypt;
  if (N < 2 || r < 1 || p < 1) return 'has parameters that scrypt does not know';
  const { bytes, parallel } = SCRYPT_MOST;
  return 128 * r * N * p > 4 * bytes || 128 * r * N > bytes || p > parallel ? TOO_DEAR : undefined;
}

/** What the time of a check depends on: everything but salt and outcome. Undefined for what no system makes. */
export function hashShape(hash: string): string | undefined {
  if (BCRYPT.test(hash)) return hash.slice(0, 6);
  return /^(\$(?:argon2id\$v=19|scrypt)\$[^$]+)\$/.exec(hash)?.[1];
}
