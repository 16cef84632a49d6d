/** The field in which a password is chosen, wherever that happens. */
import type { Because } from '../../core/refusal.ts';

/** Longer than any that is accepted, so that the reason can be told; a code point is at most two units. */
export const NEW_PASSWORD = { maxLength: 1000, secret: true } as const;

export const NEW_PASSWORD_FAULTS = {
  'too-short': 'new_password',
  'password-too-long': 'new_password',
  'contains-own-name': 'new_password',
  'contains-service-name': 'new_password',
  'common-password': 'new_password',
  'predictable-password': 'new_password',
  'same-password': 'new_password',
} as const satisfies Partial<Record<Because, string>>;
