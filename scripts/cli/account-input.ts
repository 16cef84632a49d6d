/** What `account add` accepts, as typed on the command line. */
import { ScureBase32Plugin } from 'otplib';
import { z } from 'zod';
import { normalizeUsername } from '../../provider/core/account.ts';
import type { NewAccount } from '../../provider/flows/accounts.ts';

/** RFC 4226 §4 wants 128 bits at least; more than the 64 bytes of a block of SHA-1 adds nothing. */
const SECRET_BYTES = { least: 16, most: 64 };
/** RFC 5321 §4.5.3.1.3. */
const EMAIL_MAX_LENGTH = 254;

const VISIBLE = /^\P{C}*$/u;

const username = z
  .string()
  .transform(normalizeUsername)
  .refine((name) => [...name].length >= 3 && [...name].length <= 100, 'must have 3 to 100 characters')
  .refine((name) => VISIBLE.test(name), 'must not hold control characters')
  .refine((name) => !/[{}]/.test(name), 'must not hold braces');

const name = z
  .string()
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

const schema = z.object({
  username,
  password: z.string().min(1, 'must not be empty').optional(),
  email: z.email('must be an e-mail address').max(EMAIL_MAX_LENGTH, 'is too long'),
  language: z.enum(['hu', 'en'], 'must be hu or en').optional(),
  role: z.array(z.enum(['admin', 'operator'], 'must be admin or operator')).optional(),
  test: z.boolean().optional(),
  totpSecret: totpSecret.optional(),
  familyName: name.optional(),
  givenName: name.optional(),
  birthFamilyName: name.optional(),
  birthGivenName: name.optional(),
  birthdate: birthdate.optional(),
  placeOfBirth: name.optional(),
  mothersBirthName: name.optional(),
});

/** The options' values, or what is wrong with them, naming each option. */
export function accountFrom(
  options: unknown,
): { readonly ok: true; readonly wanted: NewAccount } | { readonly ok: false; readonly problems: string[] } {
  const parsed = schema.safeParse(options);
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.map(inWords) };
  const { username, password, email, language, role, test, totpSecret, ...person } = parsed.data;
  const wanted = {
    username,
    email,
    person: present(person),
    ...present({ password, language, test, totpSecret }),
    ...(role && { roles: [...new Set(role)] }),
  };
  return { ok: true, wanted };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}

function inWords({ path, message }: z.core.$ZodIssue): string {
  const option = String(path[0]).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `--${option} ${message}`;
}
