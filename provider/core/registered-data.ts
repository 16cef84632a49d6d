/** What the desk registers of a person, as typed: what is wrong with which field, or the data as they are kept. */
import { type Account, normalizeUsername, type Person } from './account.ts';
import { normalizeEmail } from './email.ts';
import type { Because } from './refusal.ts';

export const PERSON_FIELDS = [
  'familyName',
  'givenName',
  'birthFamilyName',
  'birthGivenName',
  'birthdate',
  'placeOfBirth',
  'mothersBirthName',
] as const satisfies readonly (keyof Person)[];

export const NAME_MAX_LENGTH = 200;
export const EMAIL_MAX_LENGTH = 254;
export const USERNAME_LENGTH = { least: 3, most: 100 } as const;

/** A registered value before and after. */
export interface DataChange {
  readonly field: keyof Person | 'email';
  readonly was?: string;
  readonly is?: string;
}

export interface RegisteredData {
  readonly email: string;
  readonly person: Person;
}

export type TypedData = Readonly<Partial<Record<keyof Person | 'email', string>>>;

export type CheckedData =
  | { readonly ok: true; readonly data: RegisteredData }
  | { readonly ok: false; readonly because: Because };

/** `today` is `YYYY-MM-DD`. */
export function checkedData(typed: TypedData, today: string): CheckedData {
  const email = normalizeEmail(typed.email ?? '');
  if (email === undefined) return { ok: false, because: 'malformed-email' };
  const texts = PERSON_FIELDS.map((field) => [field, cleanName(typed[field] ?? '')] as const);
  const person: Person = Object.fromEntries(texts.filter(([, text]) => text !== ''));
  if (person.birthdate !== undefined && !isDay(person.birthdate, today)) {
    return { ok: false, because: 'malformed-birthdate' };
  }
  return { ok: true, data: { email, person } };
}

/** Undefined for what is no user name: 3 to 100 visible characters, none of them a brace (Redis Cluster's hash tag). */
export function checkedUsername(typed: string): string | undefined {
  const username = normalizeUsername(typed);
  const length = [...username].length;
  const fits = length >= USERNAME_LENGTH.least && length <= USERNAME_LENGTH.most;
  return fits && !/[\p{C}{}]/u.test(username) ? username : undefined;
}

function cleanName(typed: string): string {
  return typed
    .normalize('NFC')
    .replace(/[\p{C}\p{Z}\ufffd]+/gu, ' ')
    .trim()
    .slice(0, NAME_MAX_LENGTH);
}

function isDay(text: string, today: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text > today || text < '1850') return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

export function differences(before: RegisteredData, after: RegisteredData): DataChange[] {
  const values = ({ email, person }: RegisteredData) => ({ ...person, email });
  const [was, is] = [values(before), values(after)];
  const fields = [...PERSON_FIELDS, 'email'] as const;
  return fields
    .filter((field) => was[field] !== is[field])
    .map((field) => ({
      field,
      ...(was[field] !== undefined && { was: was[field] }),
      ...(is[field] !== undefined && { is: is[field] }),
    }));
}

export function dataOf({ email, person }: Pick<Account, 'email' | 'person'>): RegisteredData {
  return { email, person };
}
