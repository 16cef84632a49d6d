/** What `account add` accepts, as typed on the command line, and `account import`, as a file has it: one set of rules. */
import { ScureBase32Plugin } from 'otplib';
import { z } from 'zod';
import { normalizeUsername } from '../../provider/core/account.ts';
import { passwordHashFault } from '../../provider/core/password-hash.ts';
import type { NewAccount } from '../../provider/flows/accounts.ts';

/** RFC 4226 §4 wants 128 bits at least; more than the 64 bytes of a block of SHA-1 adds nothing. */
const SECRET_BYTES = { least: 16, most: 64 };
/** RFC 5321 §4.5.3.1.3. */
const EMAIL_MAX_LENGTH = 254;

const VISIBLE = /^\P{C}*$/u;
/** What a spreadsheet would run when somebody opens a list of accounts in it. */
const FORMULA = /^[\t\r]|^\s*[=+\-@]/;

const noFormula = z
  .string('must be a text')
  .refine((text) => !FORMULA.test(text), 'must not begin like a formula: with =, +, -, @ or a tab');

const username = noFormula
  .transform(normalizeUsername)
  .refine((name) => [...name].length >= 3 && [...name].length <= 100, 'must have 3 to 100 characters')
  .refine((name) => VISIBLE.test(name), 'must not hold control characters')
  .refine((name) => !/[{}]/.test(name), 'must not hold braces');

const name = noFormula
  .trim()
  .min(1, 'must not be empty')
  .max(200, 'must have 200 characters at most')
  .regex(VISIBLE, 'must not hold control characters');

const birthdate = z.iso
  .date('must be a real date as YYYY-MM-DD')
  .refine((date) => Date.parse(date) <= Date.now(), 'must not lie in the future');

const totpSecret = z
  .string()
  .transform((text) => text.replace(/[\s-]|=+$/g, '').toUpperCase())
  .refine((text) => {
    const bytes = base32Length(text);
    return bytes >= SECRET_BYTES.least && bytes <= SECRET_BYTES.most;
  }, `must be Base32 of ${SECRET_BYTES.least} to ${SECRET_BYTES.most} bytes`);

/** 0 for text that is not Base32 (RFC 4648 §6). */
function base32Length(text: string): number {
  try {
    return new ScureBase32Plugin().decode(text).length;
  } catch {
    return 0;
  }
}

const registered = z.object({
  username,
  email: noFormula.pipe(z.email('must be an e-mail address').max(EMAIL_MAX_LENGTH, 'is too long')),
  language: z.enum(['hu', 'en'], 'must be hu or en').optional(),
  totpSecret: totpSecret.optional(),
  familyName: name.optional(),
  givenName: name.optional(),
  birthFamilyName: name.optional(),
  birthGivenName: name.optional(),
  birthdate: birthdate.optional(),
  placeOfBirth: name.optional(),
  mothersBirthName: name.optional(),
});

const typed = registered.extend({
  password: z.string().min(1, 'must not be empty').optional(),
  role: z.array(z.enum(['admin', 'operator'], 'must be admin or operator')).optional(),
  test: z.boolean().optional(),
});

const imported = registered.extend({
  passwordHash: z
    .string('must be a text')
    .superRefine((hash, context) => {
      const message = passwordHashFault(hash);
      if (message) context.addIssue({ code: 'custom', message });
    })
    .optional(),
});

export type Input =
  | { readonly ok: true; readonly wanted: NewAccount }
  | { readonly ok: false; readonly problems: string[] };

/** The options' values, or what is wrong with them, naming each option. */
export function accountFrom(options: unknown): Input {
  const parsed = typed.safeParse(options);
  if (!parsed.success) return faulty(parsed.error, (field) => `--${separated(field, '-')}`);
  const { role, test, ...values } = parsed.data;
  const more = { ...(role && { roles: [...new Set(role)] }), ...(test && { test }) };
  return { ok: true, wanted: { ...wantedFrom(values), ...more } };
}

const columnOf = (field: string) => separated(field, '_');
const FIELD_OF = new Map(Object.keys(imported.shape).map((field) => [columnOf(field), field]));

/** What the columns of a file of accounts may be called. */
export const COLUMNS: readonly string[] = [...FIELD_OF.keys()];

/** The same for a row of a file; what is empty in it is absent. */
export function importedAccountFrom(row: Readonly<Record<string, unknown>>): Input {
  const given = Object.entries(row).filter(([, value]) => value !== '' && value !== null);
  const fields = given.map(([column, value]) => [FIELD_OF.get(column) ?? column, value]);
  const parsed = imported.safeParse(Object.fromEntries(fields));
  if (!parsed.success) return faulty(parsed.error, columnOf);
  return { ok: true, wanted: wantedFrom(parsed.data) };
}

type Given = z.infer<typeof registered> & OtherSecrets;

interface OtherSecrets {
  readonly password?: string | undefined;
  readonly passwordHash?: string | undefined;
}

function wantedFrom({ username, email, language, totpSecret, password, passwordHash, ...person }: Given) {
  const more = present({ password, passwordHash, language, totpSecret });
  return { username, email, person: present(person), ...more };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}

function separated(field: string, by: string): string {
  return field.replace(/[A-Z]/g, (letter) => `${by}${letter.toLowerCase()}`);
}

function faulty({ issues }: z.ZodError, called: (field: string) => string): Input {
  return { ok: false, problems: issues.map(({ path, message }) => `${called(String(path[0]))} ${message}`) };
}
