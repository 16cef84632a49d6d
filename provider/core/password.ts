/** Rules for memorized secrets (NIST SP 800-63B-4 §3.1.1): length and a refusal list, nothing about composition. */

export interface PasswordRules {
  readonly minLength: number;
  readonly maxLength: number;
}

export type PasswordFault = 'too-short' | 'too-long' | 'contains-own-name' | 'contains-service-name';

/** The form that is hashed: NFKC, whole, nothing cut off. */
export function normalizePassword(typed: string): string {
  return typed.normalize('NFKC');
}

/** Answers what is wrong with a password that someone chooses. Each code point counts as one character. */
export function passwordFaults(
  chosen: string,
  own: { readonly username: string; readonly email: string; readonly serviceNames: readonly string[] },
  rules: PasswordRules,
): PasswordFault[] {
  const password = normalizePassword(chosen);
  const length = [...password].length;
  const folded = fold(password);
  const names = [own.username, own.email, own.email.split('@')[0] ?? ''];
  const faults: [boolean, PasswordFault][] = [
    [length < rules.minLength, 'too-short'],
    [length > rules.maxLength, 'too-long'],
    [names.some((name) => isMostly(folded, fold(name))), 'contains-own-name'],
    [own.serviceNames.some((name) => isMostly(folded, fold(name))), 'contains-service-name'],
  ];
  return faults.flatMap(([applies, fault]) => (applies ? [fault] : []));
}

/** A name with at most three characters around it is as easy to guess as the name. */
function isMostly(password: string, name: string): boolean {
  return name.length >= 3 && password.includes(name) && password.length - name.length <= 3;
}

function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
