/** What somebody did with an account or a client that is not their own: one line of the journal. */
import type { Role } from './account.ts';
import type { Actor } from './actor.ts';
import type { ClientAct } from './client-record.ts';
import type { StaffEventKind } from './event.ts';
import type { Because } from './refusal.ts';

/** With what was given up of what leaves the house. */
type LetterAct = 'letters-sent-again' | 'letters-dropped';

export interface JournalEntry {
  readonly kind:
    | StaffEventKind
    | ClientAct
    | 'access-refused'
    | LetterAct
    | 'token-issued'
    | 'token-withdrawn';
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly by: Actor;
  /** With whose account it was done, or with which client. */
  readonly accountId?: string;
  readonly clientId?: string;
  /** Of the client, after it. */
  readonly revision?: number;
  readonly role?: Role;
  /** How many mails and notices, and which if it is one. */
  readonly letters?: number;
  readonly letter?: string;
  readonly why?: string;
  readonly because?: Because;
  readonly address?: string;
}

const CHOICES: Readonly<Record<JournalEntry['kind'], true>> = {
  registered: true,
  edited: true,
  proposed: true,
  approved: true,
  rejected: true,
  restored: true,
  disabled: true,
  enabled: true,
  removed: true,
  'owners-changed': true,
  'secret-issued': true,
  'secret-ended': true,
  'token-issued': true,
  'token-withdrawn': true,
  'letters-sent-again': true,
  'letters-dropped': true,
  'account-created': true,
  'account-viewed': true,
  'account-locked': true,
  'account-unlocked': true,
  'pauses-lifted': true,
  'data-corrected': true,
  'password-link-sent': true,
  'sessions-ended-by-desk': true,
  'session-ended-by-desk': true,
  'factor-reset-asked': true,
  'factor-reset-confirmed': true,
  'factor-reset-withdrawn': true,
  'factor-reset-done': true,
  'authenticator-removed': true,
  'account-closing': true,
  'role-given': true,
  'role-taken': true,
  'access-refused': true,
};

/** What the journal holds, in the order in which one chooses from it: nothing is written that can't be asked for. */
export const JOURNAL_KINDS = Object.keys(CHOICES) as readonly JournalEntry['kind'][];
