/** What the history keeps: who, what, when, with which outcome, at which portal. Never a code, password or token. */
import type { Role } from './account.ts';
import type { Actor } from './actor.ts';
import type { Factor, Level } from './assurance.ts';
import type { IdentityDocument } from './factor-reset-record.ts';
import type { Because } from './refusal.ts';
import type { DataChange } from './registered-data.ts';
import type { Unreadable } from './unreadable.ts';

/** What somebody else does with an account: the journal tells of it, and offers each to choose from (`core/journal.ts`). */
export type StaffEventKind =
  | 'account-created'
  | 'account-closing'
  | 'account-viewed'
  | 'authenticator-removed'
  | 'password-link-sent'
  | 'account-locked'
  | 'account-unlocked'
  | 'pauses-lifted'
  | 'data-corrected'
  | 'sessions-ended-by-desk'
  | 'session-ended-by-desk'
  | 'factor-reset-asked'
  | 'factor-reset-confirmed'
  | 'factor-reset-withdrawn'
  | 'factor-reset-done'
  | 'role-given'
  | 'role-taken';

export type EventKind =
  | StaffEventKind
  | 'access-refused'
  | 'account-reopened'
  | 'account-closed'
  | 'account-activated'
  | 'login'
  | 'password-refused'
  | 'password-changed'
  | 'password-reset'
  | 'code-accepted'
  | 'code-refused'
  | 'authenticator-bound'
  | 'authenticator-renamed'
  | 'deletion-code-issued'
  | 'deletion-code-refused'
  | 'deletion-code-used'
  | 'email-change-requested'
  | 'email-changed'
  | 'mail-language-changed'
  | 'data-downloaded'
  | 'consent-given'
  | 'consent-withdrawn'
  | 'factor-reset-objected'
  | 'logout'
  | 'session-ended'
  | 'other-sessions-ended'
  | 'all-sessions-ended';

/** Where a request came from, as far as the history may know. */
export interface Origin {
  readonly address: string;
  readonly userAgent?: string;
  readonly clientId?: string;
}

/** Who did it, where it was not the person. The address is theirs then. */
type Done =
  | { readonly kind: EventKind; readonly by?: never }
  | { readonly kind: StaffEventKind; readonly by: Actor };

export interface EventFacts extends Partial<Origin> {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly why?: string;
  readonly role?: Role;
  /** What the desk corrected. */
  readonly changes?: readonly DataChange[];
  /** What the desk was shown in person. */
  readonly document?: IdentityDocument;
  readonly because?: Because;
  readonly level?: Level;
  readonly factor?: Factor;
  readonly authenticatorId?: string;
  /** As the person called it then: the device may be gone by the time that this is read. */
  readonly authenticatorName?: string;
}

export type AccountEvent = Done & EventFacts;

/** An event as the history has it; `cursor` stands for its place there. */
export type RecordedEvent = (AccountEvent | Unreadable) & { readonly cursor: string };
