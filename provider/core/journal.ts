/** What somebody did with an account or a client that is not their own: one line of the journal. */
import type { Role } from './account.ts';
import type { Actor } from './actor.ts';
import type { ClientAct } from './client-record.ts';
import type { EventKind } from './event.ts';
import type { Because } from './refusal.ts';

export interface JournalEntry {
  readonly kind: EventKind | ClientAct | 'token-issued' | 'token-withdrawn';
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly by: Actor;
  /** With whose account it was done, or with which client. */
  readonly accountId?: string;
  readonly clientId?: string;
  /** Of the client, after it. */
  readonly revision?: number;
  readonly role?: Role;
  readonly why?: string;
  readonly because?: Because;
  readonly address?: string;
}

/** What the journal may hold, in the order in which one chooses from it. */
export const JOURNAL_KINDS: readonly JournalEntry['kind'][] = [
  'registered',
  'edited',
  'proposed',
  'approved',
  'rejected',
  'restored',
  'disabled',
  'enabled',
  'removed',
  'owners-changed',
  'secret-issued',
  'secret-ended',
  'token-issued',
  'token-withdrawn',
  'account-created',
  'account-viewed',
  'account-locked',
  'account-unlocked',
  'pauses-lifted',
  'data-corrected',
  'password-link-sent',
  'sessions-ended-by-desk',
  'session-ended-by-desk',
  'factor-reset-asked',
  'factor-reset-confirmed',
  'factor-reset-withdrawn',
  'factor-reset-done',
  'account-closing',
  'role-given',
  'role-taken',
  'access-refused',
];
