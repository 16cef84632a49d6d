/** Under what an account is found, beside its user name: its address, and the names that its person has and had. */
import type { Account, Person } from './account.ts';
import { normalizeEmail } from './email.ts';

export interface AccountKeys {
  readonly email?: string;
  /** Folded, see {@link foldName}, each with the date of birth. */
  readonly names: readonly string[];
}

/** Fewer letters of a name would find half the country. */
export const SHORTEST_PREFIX = 2;
/** A member of a set has an end; a longer name is found by its beginning. */
const LONGEST_NAME = 120;
const NO_BIRTHDATE = '-';
/** Sorts before the space, so that who has no second name comes before who has one. */
const SEPARATOR = '\t';

/** Small letters without accents, one space between words: `Kovács-Őry  Ánna` is `kovacs ory anna`. */
export function foldName(name: string): string {
  const letters = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const words = letters.replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
  return [...words].slice(0, LONGEST_NAME).join('').trim();
}

/** How addresses are compared: most mailboxes don't tell small letters from capitals. */
export function foldEmail(email: string): string {
  return (normalizeEmail(email) ?? email.trim()).toLowerCase();
}

export function keysOf({ email, person }: Pick<Account, 'email' | 'person'>): AccountKeys {
  const names = namesOf(person).map((name) => `${name}${SEPARATOR}${person.birthdate ?? NO_BIRTHDATE}`);
  return { ...(email !== '' && { email: foldEmail(email) }), names };
}

/** Family name first, as now and as at birth. */
function namesOf({ familyName, givenName, birthFamilyName, birthGivenName }: Person): string[] {
  const now = foldName(`${familyName ?? ''} ${givenName ?? ''}`);
  const atBirth = foldName(`${birthFamilyName ?? ''} ${birthGivenName ?? ''}`);
  return [...new Set([now, atBirth])].filter((name) => [...name].length >= SHORTEST_PREFIX);
}

export function sameKeys(some: AccountKeys, others: AccountKeys): boolean {
  return some.email === others.email && some.names.join('\n') === others.names.join('\n');
}

/** Who may be the same person: the same mother too, as far as both are known. */
export function sameMother(some: Person, other: Person): boolean {
  const [one, two] = [foldName(some.mothersBirthName ?? ''), foldName(other.mothersBirthName ?? '')];
  return one === '' || two === '' || one === two;
}
