/** Refusals are values: why something was not accepted. The reason is the key of the text and stands in the history. */
import type { LogoFault } from './logo.ts';
import type { PasswordAdvice, PasswordFault } from './password.ts';

export type Because =
  | 'wrong-credentials'
  | 'wrong-password'
  | 'wrong-together'
  | 'same-password'
  | PasswordFault
  | 'overloaded'
  | 'throttled'
  | 'wrong-code'
  | 'code-used'
  | 'clock-fast'
  | 'clock-slow'
  | 'malformed-code'
  | 'malformed-email'
  | 'same-email'
  | 'wrong-email-code'
  | 'email-code-dead'
  | 'dead-link'
  | 'unknown-account'
  | 'username-taken'
  | 'similar-accounts'
  | 'malformed-username'
  | 'malformed-birthdate'
  | 'malformed-document'
  | 'choose-document'
  | 'not-yours-to-handle'
  | 'no-factor'
  | 'reset-under-way'
  | 'reset-gone'
  | 'asker-gone'
  | 'own-proposal'
  | 'account-not-active'
  | 'address-too-new'
  | 'last-admin'
  | 'still-admin'
  | 'changed-meanwhile'
  | ClientRefusal
  | 'factor-locked'
  | 'already-enrolled'
  | 'choose-device'
  | 'name-device'
  | 'device-gone'
  | 'too-many-devices'
  | 'wrong-deletion-code'
  | 'deletion-code-used'
  | 'deletion-code-replaced'
  | 'not-saved'
  | 'choose-method'
  | 'required'
  | 'too-long'
  | 'csrf';

/** What stands against a change of a client. */
type ClientRefusal =
  | 'unknown-client'
  | 'client-id-taken'
  | 'invalid-metadata'
  | 'missing'
  | 'no-address'
  | 'address-no-test-host'
  | 'address-not-https'
  | 'address-with-password'
  | 'address-with-fragment'
  | 'address-strange-host'
  | 'sector-needed'
  | 'sector-document'
  | 'keys-malformed'
  | 'keys-private'
  | 'keys-unusable'
  | 'name-with-markup'
  | 'interface-without-address'
  | 'resource-scope-malformed'
  | 'unknown-claim'
  | 'unknown-owner'
  | 'unknown-version'
  | 'no-secret'
  | 'last-secret'
  | 'wrong-id'
  | 'too-many-clients'
  | 'why-missing'
  | 'proposal-waiting'
  | 'no-proposal'
  | 'people-only'
  | 'own-proposal'
  | 'proposal-changed'
  | 'proposal-outdated'
  | 'invalid-agreement'
  | LogoFault;

export interface Refusal {
  readonly ok: false;
  readonly because: Because;
  /** When it may be tried again, milliseconds since the epoch. */
  readonly until?: number;
  /** How long a password must be, in characters. */
  readonly least?: number;
  readonly advice?: readonly PasswordAdvice[];
  /** By how much the clock that made a code is wrong, in milliseconds, always positive. */
  readonly clockOffMs?: number;
  /** The field that it belongs to, where that is not the same for every refusal of its kind. */
  readonly field?: string;
  /** What of the field it is about: an address, a name, a number. */
  readonly detail?: string;
}

export type Result<T extends object = object> = ({ readonly ok: true } & T) | Refusal;

export function refuse(because: Because, until?: number): Refusal {
  return until === undefined ? { ok: false, because } : { ok: false, because, until };
}
