/** How each event is told in the history: whether it came about, or was stopped. */
import type { EventKind } from '../../core/event.ts';

/** Every kind has a text `history.event.<kind>` in both languages; a test holds the locales against this. */
export const OUTCOME_OF = {
  'account-created': 'done',
  'account-activated': 'done',
  'account-closing': 'done',
  'account-reopened': 'done',
  'account-closed': 'done',
  'access-refused': 'stopped',
  login: 'done',
  'password-refused': 'stopped',
  'password-changed': 'done',
  'password-link-sent': 'done',
  'password-reset': 'done',
  'code-accepted': 'done',
  'code-refused': 'stopped',
  'authenticator-bound': 'done',
  'email-change-requested': 'done',
  'email-changed': 'done',
  'mail-language-changed': 'done',
  'data-downloaded': 'done',
  'consent-given': 'done',
  'consent-withdrawn': 'done',
  logout: 'done',
  'session-ended': 'done',
  'other-sessions-ended': 'done',
  'all-sessions-ended': 'done',
} as const satisfies Record<EventKind, 'done' | 'stopped'>;
