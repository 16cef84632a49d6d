/** The mails there are, and what each has to tell beside whom it is for and when it happened. */
import type { Account } from './account.ts';
import { mailboxesOf } from './email-change.ts';

/** For every kind its facts; `null`: there are none. Times are milliseconds since the epoch, links are absolute. */
export interface MailFacts {
  readonly enrolled: null;
  readonly 'device-added': { readonly device: string };
  /** `device` is the new one. */
  readonly 'device-changed': { readonly device: string };
  readonly 'device-removed': { readonly device: string };
  readonly 'plus-off': null;
  readonly 'deletion-code-new': null;
  readonly 'deletion-code-used': null;
  readonly 'password-changed': null;
  readonly 'password-reset': { readonly link: string; readonly until: number };
  /** Goes to the new address: give it as `to`. */
  readonly 'email-confirm': { readonly code: string; readonly until: number };
  /** Goes to the old address too, as `to`: there the new one is shown in part only. */
  readonly 'email-changed': { readonly newEmail: string };
  readonly 'login-paused': null;
  readonly 'codes-refused': null;
  /** `browser` in plain words, `portal` as people know it, `address` of the network. */
  readonly 'new-browser': { readonly browser: string; readonly portal: string; readonly address: string };
  readonly activation: { readonly link: string; readonly until: number };
  /** `link` takes the closing back. */
  readonly 'account-closing': { readonly link: string; readonly until: number };
  readonly 'account-closed': null;
  readonly 'account-reopened': null;
  /** `link` objects; nothing happens before `until`. */
  readonly 'reset-by-desk': { readonly link: string; readonly until: number };
  readonly 'reset-by-desk-done': null;
  readonly 'sessions-ended': null;
  readonly 'account-locked': null;
  readonly 'account-unlocked': null;
}

export type MailKind = keyof MailFacts;

interface Addressed {
  readonly account: Pick<Account, 'email' | 'formerEmail' | 'language' | 'person' | 'username'>;
  /** When what the mail tells of happened, milliseconds since the epoch. */
  readonly at: number;
  /** Another address than the account's: the old one or the new one when it changes. */
  readonly to?: string;
}

type FactsOf<Kind extends MailKind> = MailFacts[Kind] extends null
  ? object
  : { readonly facts: MailFacts[Kind] };

export type Mail = {
  readonly [Kind in MailKind]: Addressed & { readonly kind: Kind } & FactsOf<Kind>;
}[MailKind];

/** What whoever takes an account over does with it, and its owner can stop. Where somebody logs in is not told to a mailbox left behind. */
const WARNINGS: readonly MailKind[] = [
  'enrolled',
  'device-added',
  'device-changed',
  'device-removed',
  'plus-off',
  'deletion-code-new',
  'deletion-code-used',
  'password-changed',
  'account-closing',
  'reset-by-desk',
  'reset-by-desk-done',
];

/** The addresses that a mail goes to, each by itself: a warning to the mailbox of before, too. */
export function addresseesOf({ account, at, kind, to }: Mail): string[] {
  if (to !== undefined) return [to];
  return WARNINGS.includes(kind) ? mailboxesOf(account, at) : [account.email];
}
