/**
 * The pure heart: values in, values out. Nothing in this folder knows HTTP, a store, the environment, a clock
 * or a source of randomness; what it needs of them comes in as an argument.
 *
 * An account is one citizen, with everything that decides whether they may come in.
 */
import type { Level } from './assurance.ts';
import type { FactorReset } from './factor-reset-record.ts';
import type { PasswordLink } from './password-link.ts';

export type Language = 'hu' | 'en';
export type Role = 'admin' | 'operator';

/** Personal data as the front desk registered it. `birthdate` is `YYYY-MM-DD`. */
export interface Person {
  readonly familyName?: string;
  readonly givenName?: string;
  readonly birthFamilyName?: string;
  readonly birthGivenName?: string;
  readonly birthdate?: string;
  readonly placeOfBirth?: string;
  readonly mothersBirthName?: string;
}

/** A secret as it lies at rest: base64url parts of AES-256-GCM under the key `keyId`. */
export interface Sealed {
  readonly keyId: string;
  readonly iv: string;
  readonly data: string;
}

/** A bound authenticator app. All times are milliseconds since the epoch. */
export interface Authenticator {
  readonly id: string;
  readonly kind: 'totp';
  readonly name: string;
  readonly secret: Sealed;
  readonly boundAt: number;
  readonly lastUsedAt?: number;
  /** The newest time step accepted (RFC 6238 §5.2): nothing at or below it is accepted again. */
  readonly lastTimeStep: number;
}

/** What stays on record of an authenticator that was removed or replaced. */
export interface FormerAuthenticator extends Pick<Authenticator, 'id' | 'kind' | 'name' | 'boundAt'> {
  readonly removedAt: number;
}

export interface DeletionCode {
  /** Names the code among those shown to a person: the same one is not stored twice. */
  readonly id: string;
  readonly hash: string;
  readonly issuedAt: number;
}

/** Wrong codes since the last right one. */
export interface CodeFailures {
  readonly inARow: number;
  readonly pausedUntil?: number;
}

/** An e-mail address on its way to being the account's. */
export interface EmailChange {
  readonly address: string;
  /** The code that was sent there. */
  readonly code: Sealed;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly triesLeft: number;
}

export interface Account {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  /** An address in which the person has opened a letter of ours: it says something of `email` while they are the same. */
  readonly confirmedEmail?: string;
  readonly language: Language;
  /** While `closing` it can be taken back; `closed` is the little that is left of an erased account. */
  readonly status: 'active' | 'locked' | 'closing' | 'closed';
  readonly roles: readonly Role[];
  /** Rises whenever roles are given or taken: a taking that began before a giving comes to nothing. */
  readonly rolesRevision?: number;
  /** Nobody real: may log in at test clients. */
  readonly test?: true;
  readonly person: Person;
  readonly password?: { readonly hash: string; readonly changedAt: number };
  /** The one link in a mail by which a password may be chosen. */
  readonly passwordLink?: PasswordLink;
  readonly authenticators: readonly Authenticator[];
  /** Those that no longer work, oldest first (NIST SP 800-63B-4 §4.1). */
  readonly formerAuthenticators?: readonly FormerAuthenticator[];
  readonly deletionCode?: DeletionCode;
  /** The last deletion code that no longer counts, and why. */
  readonly formerDeletionCode?: { readonly hash: string; readonly because: 'used' | 'replaced' };
  readonly codeFailures: CodeFailures;
  /** When the desk last did away with all waiting; tries from before in browsers that the account knows no longer count. */
  readonly pausesLiftedAt?: number;
  readonly emailChange?: EmailChange;
  /** The mailbox before the last change, or changes, of the address; until then it hears of what could be a theft, too. */
  readonly formerEmail?: { readonly address: string; readonly until: number };
  /** Somebody else than the person has set the address: until then no link to a new password goes there. */
  readonly addressWaitsUntil?: number;
  /** `locked`: it was so when it was closed. */
  readonly closing?: { readonly until: number; readonly locked?: true };
  readonly factorReset?: FactorReset;
  readonly createdAt: number;
  readonly closedAt?: number;
}

/** The form in which user names are compared and indexed: NFKC, trimmed, lower case. Doing it again changes nothing. */
export function normalizeUsername(typed: string): string {
  // Lower case can take composed letters apart, so they are put together again.
  return typed.normalize('NFKC').trim().toLowerCase().normalize('NFKC');
}

/** Whether the person, and not only somebody who registered them, has shown that the address is theirs. */
export function emailConfirmed({
  email,
  confirmedEmail,
}: Pick<Account, 'email' | 'confirmedEmail'>): boolean {
  return email !== '' && email === confirmedEmail;
}

/** The highest level that the account can reach today without enrolling anything. */
export function highestLevel(account: Pick<Account, 'authenticators'>): Level {
  return account.authenticators.length > 0 ? 'substantial' : 'low';
}

/** The name as Hungarian order has it (family name first), or the user name where none is registered. */
export function displayName(account: Pick<Account, 'person' | 'username'>, language: Language): string {
  const { familyName, givenName } = account.person;
  const parts = language === 'hu' ? [familyName, givenName] : [givenName, familyName];
  return parts.filter(Boolean).join(' ') || account.username;
}
