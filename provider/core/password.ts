/**
 * Rules for memorized secrets (NIST SP 800-63B-4 §3.1.1): length and what a guesser tries first, nothing about
 * composition. A guesser tries words, names and runs of keys, spelled with digits for letters, backwards, twice, and
 * with a year or a mark at the end: so these are looked for by rule, and the list holds the words alone.
 */

export interface PasswordRules {
  readonly minLength: number;
  readonly maxLength: number;
  /** In the form of {@link plainWord}. */
  readonly commonWords: ReadonlySet<string>;
}

export type PasswordFault =
  | 'too-short'
  | 'password-too-long'
  | 'contains-own-name'
  | 'contains-service-name'
  | 'common-password'
  | 'predictable-password';

/** What can be said to whoever chose a weak password; keys of texts, in the order in which they are told. */
export const PASSWORD_ADVICE = [
  'straightRow',
  'keyPattern',
  'simpleRepeat',
  'extendedRepeat',
  'sequences',
  'recentYears',
  'dates',
  'l33t',
  'reverseWords',
  'anotherWord',
] as const;
export type PasswordAdvice = (typeof PASSWORD_ADVICE)[number];

/** Looks at no more of a password than it can in a bearable time. */
export type PasswordAdviser = (password: string) => Promise<readonly PasswordAdvice[]>;

/** Whose password it is to be. */
export interface Chooser {
  readonly username: string;
  readonly email: string;
  readonly serviceNames: readonly string[];
}

/** The form that is hashed: NFKC, whole, nothing cut off. */
export function normalizePassword(typed: string): string {
  return typed.normalize('NFKC');
}

/** Answers what is wrong with a password that someone chooses. Each code point counts as one character. */
export function passwordFaults(chosen: string, chooser: Chooser, rules: PasswordRules): PasswordFault[] {
  const password = normalizePassword(chosen);
  const length = [...password].length;
  // What is too long is refused for that alone: the rest is for what a person can type.
  if (length > rules.maxLength) return ['password-too-long'];
  const spellings = spellingsOf(password);
  const isMostly = (name: string) => spellings.some((spelling) => mostly(spelling, plainWord(name)));
  const faults: [boolean, PasswordFault][] = [
    [length < rules.minLength, 'too-short'],
    [namesOf(chooser).some(isMostly), 'contains-own-name'],
    [chooser.serviceNames.some(isMostly), 'contains-service-name'],
    [spellings.some((spelling) => isCommon(spelling, rules.commonWords)), 'common-password'],
    [isPredictable(password), 'predictable-password'],
  ];
  return faults.flatMap(([applies, fault]) => (applies ? [fault] : []));
}

/** Lower case without accents, and nothing but letters and digits. */
export function plainWord(text: string): string {
  return fold(text).replace(/[^\p{L}\p{N}]/gu, '');
}

function namesOf({ username, email }: Chooser): string[] {
  const [mailbox = '', host = ''] = email.split('@');
  return [username, email, mailbox, host, ...username.split(/[._-]/), ...mailbox.split(/[._+-]/)];
}

function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

const LETTER_OF: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '!': 'i',
  '3': 'e',
  '4': 'a',
  '@': 'a',
  '5': 's',
  $: 's',
  '7': 't',
  '8': 'b',
};

/** The ways in which a guesser would read it. */
function spellingsOf(password: string): string[] {
  const folded = repeatedUnit(fold(password));
  const lettered = folded.replace(/[01!34@5$78]/g, (mark) => LETTER_OF[mark] ?? mark);
  const frontLettered = lettered.slice(0, wordEnd(folded)) + folded.slice(wordEnd(folded));
  const all = [folded, lettered, frontLettered].map((text) => plainWord(text));
  return [...new Set([...all, ...all.map((text) => [...text].reverse().join(''))])];
}

/** Where the digits and marks at the end begin: there they stand for themselves. */
function wordEnd(text: string): number {
  return text.length - (/[\P{L}]*$/u.exec(text)?.[0].length ?? 0);
}

function isCommon(spelling: string, words: ReadonlySet<string>): boolean {
  const [, before = '', word = '', after = ''] = /^(\p{N}*)(.*?)(\p{N}*)$/su.exec(spelling) ?? [];
  if (words.has(spelling) || words.has(before + word) || words.has(word + after)) return true;
  return words.has(word) && isTrifle(before + after);
}

/** A name of three letters or more with next to nothing around it is as easy to guess as the name. */
function mostly(spelling: string, name: string): boolean {
  const at = name.length >= 3 ? spelling.indexOf(name) : -1;
  return at >= 0 && isTrifle(spelling.slice(0, at) + spelling.slice(at + name.length));
}

/** What people put around a word to please a form: a few characters, a year or date, a run of keys. */
function isTrifle(rest: string): boolean {
  const length = [...rest].length;
  return length <= 4 || (length <= 8 && /(?:19|20)\d\d/.test(rest)) || isPredictable(rest);
}

/** Rows of the Hungarian and the English keyboard, the alphabet and the digits. */
const ROWS = ['0123456789', '1234567890', 'qwertzuiop', 'qwertyuiop', 'asdfghjkl', 'yxcvbnm', 'zxcvbnm'];
const NEIGHBOURS: ReadonlySet<string> = new Set(
  [...ROWS, 'abcdefghijklmnopqrstuvwxyz'].flatMap((row) =>
    [...row].flatMap((key, at) => {
      const next = row[at + 1];
      return next === undefined ? [key + key] : [key + key, key + next, next + key];
    }),
  ),
);

/** Dates and telephone numbers, with or without what is written between their digits. */
const NUMBER = /^[\d\s./+()-]+$/;
const NUMBER_MAX_DIGITS = 11;

/** Runs of keys (four characters a run on average), one thing over and over, a number that people know by heart. */
function isPredictable(text: string): boolean {
  if (NUMBER.test(text) && text.replace(/\D/g, '').length <= NUMBER_MAX_DIGITS) return true;
  const unit = [...repeatedUnit(fold(text))];
  const repeated = unit.length < [...fold(text)].length;
  const breaks = unit.filter((key, at) => {
    const before = unit[at - 1];
    return before !== undefined && key !== before && !NEIGHBOURS.has(before + key);
  }).length;
  return (breaks + 1) * 4 <= unit.length || (repeated && unit.length < 5);
}

/** `abcabcab` -> `abc`; what repeats nothing twice is its own unit. */
function repeatedUnit(text: string): string {
  const units = [...text];
  for (let period = 1; period * 2 <= units.length; period += 1) {
    if (units.every((key, at) => key === units[at % period])) return units.slice(0, period).join('');
  }
  return text;
}
