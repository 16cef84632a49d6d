/** What the history keeps: who, what, when, with which outcome, at which portal. Never a code, password or token. */
import type { Role } from './account.ts';
import type { Actor } from './actor.ts';
import type { Factor, Level } from './assurance.ts';
import type { IdentityDocument } from './factor-reset-record.ts';
import type { Because } from './refusal.ts';
import type { DataChange } from './registered-data.ts';
import type { Unreadable } from './unreadable.ts';

export type EventKind =
  | 'access-refused'
  | 'account-created'
  | 'account-closing'
  | 'account-reopened'
  | 'account-closed'
  | 'account-activated'
  | 'account-viewed'
  | 'login'
  | 'password-refused'
  | 'password-changed'
  | 'password-link-sent'
  | 'password-reset'
  | 'code-accepted'
  | 'code-refused'
  | 'authenticator-bound'
  | 'authenticator-removed'
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
  | 'account-locked'
  | 'account-unlocked'
  | 'pauses-lifted'
  | 'data-corrected'
  | 'sessions-ended-by-desk'
  | 'session-ended-by-desk'
  | 'factor-reset-asked'
  | 'factor-reset-confirmed'
  | 'factor-reset-withdrawn'
  | 'factor-reset-objected'
  | 'factor-reset-done'
  | 'role-given'
  | 'role-taken'
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

export interface AccountEvent extends Partial<Origin> {
  readonly kind: EventKind;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Who did it, where it was not the person. The address is theirs then. */
  readonly by?: Actor;
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

/** An event as the history has it; `cursor` stands for its place there. */
export type RecordedEvent = (AccountEvent | Unreadable) & { readonly cursor: string };
