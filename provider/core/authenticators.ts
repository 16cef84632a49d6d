/**
 * The authenticators of an account: bound, replaced, removed, named. Each change answers the account as it must be stored
 * in one piece, so that at every moment either the old device works or the new one.
 */
import type { Account, Authenticator, DeletionCode } from './account.ts';
import { type Refusal, type Result, refuse } from './refusal.ts';

export const MAX_AUTHENTICATORS = 5;
export const DEVICE_NAME_MAX_LENGTH = 60;

/** What an authenticator is bound for: as the first one, in the place of another, or beside the others. */
export type BindingPurpose = 'enrol' | 'device-change' | 'device-add';

export interface NewAuthenticator {
  readonly authenticator: Authenticator;
  readonly deletionCode: DeletionCode;
  /** The id of the authenticator whose place it takes. */
  readonly replaces?: string;
}

export type Changed = Result<{
  readonly account: Account;
  /** Authenticators that no longer work. */
  readonly removed: readonly Authenticator[];
  /** Nothing changed: it was done before. */
  readonly again: boolean;
}>;

/** A name as it may be shown: NFC, nothing invisible, at most 60 characters. Undefined when nothing is left. */
export function cleanDeviceName(typed: string): string | undefined {
  const visible = typed
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Z}\ufffd]+/gu, ' ')
    .trim();
  return [...visible].slice(0, DEVICE_NAME_MAX_LENGTH).join('').trim() || undefined;
}

/** Binds a device with the deletion code that belongs to it; doing it again changes nothing. */
export function bind(account: Account, purpose: BindingPurpose, added: NewAuthenticator): Changed {
  const { authenticator, deletionCode, replaces } = added;
  if (has(account.authenticators, authenticator.id)) return { ok: true, account, removed: [], again: true };
  const refusal = bindingRefusal(account, purpose, added);
  if (refusal) return refusal;
  const old = purpose === 'device-change' ? account.authenticators.filter(({ id }) => id === replaces) : [];
  const without = retired(account, old, authenticator.boundAt);
  const authenticators = [...without.authenticators, authenticator];
  return changed({ ...withDeletionCode(without, deletionCode), authenticators, codeFailures: NONE }, old);
}

function bindingRefusal(
  { authenticators, formerAuthenticators = [] }: Account,
  purpose: BindingPurpose,
  { authenticator, replaces }: NewAuthenticator,
): Refusal | undefined {
  // A page left open, or a crash between two writes, must not bring back what was removed since.
  if (has(formerAuthenticators, authenticator.id)) return refuse('device-gone');
  if (authenticators.length === 0) return undefined;
  const hindrances = {
    enrol: refuse('already-enrolled'),
    'device-add': authenticators.length < MAX_AUTHENTICATORS ? undefined : refuse('too-many-devices'),
    'device-change': has(authenticators, replaces) ? undefined : refuse('device-gone'),
  } satisfies Record<BindingPurpose, Refusal | undefined>;
  return hindrances[purpose];
}

/** Removes one device; with the last one the second factor is off. */
export function remove(account: Account, id: string, now: number): Changed {
  const old = account.authenticators.filter((authenticator) => authenticator.id === id);
  if (old.length === 0) return refuse('device-gone');
  return old.length === account.authenticators.length
    ? switchOff(account, now)
    : changed(retired(account, old, now), old);
}

/** Removes all devices, and the deletion code, which has nothing left to delete. */
export function switchOff(account: Account, now: number): Changed {
  return changed(unprotected(account, 'replaced', now), account.authenticators);
}

/**
 * Spends the deletion code with this `hash`, which was found right: all devices go with it. Refused when another request
 * spent or replaced it meanwhile.
 */
export function spendDeletionCode(account: Account, hash: string, now: number): Changed {
  if (account.deletionCode?.hash !== hash) return refuse('deletion-code-used');
  return changed(unprotected(account, 'used', now), account.authenticators);
}

/** Gives the account another deletion code; the one before is worth nothing from now on. */
export function renewDeletionCode(account: Account, deletionCode: DeletionCode): Changed {
  if (account.authenticators.length === 0) return refuse('device-gone');
  if (account.deletionCode?.id === deletionCode.id) return { ok: true, account, removed: [], again: true };
  return changed(withDeletionCode(account, deletionCode), []);
}

export function rename(account: Account, id: string, name: string): Changed {
  if (!has(account.authenticators, id)) return refuse('device-gone');
  const authenticators = account.authenticators.map((authenticator) =>
    authenticator.id === id ? { ...authenticator, name } : authenticator,
  );
  return changed({ ...account, authenticators }, []);
}

const NONE = { inARow: 0 } as const;

function changed(account: Account, removed: readonly Authenticator[]): Changed {
  return { ok: true, account, removed, again: false };
}

function has(authenticators: readonly { readonly id: string }[], wanted: string | undefined): boolean {
  return authenticators.some(({ id }) => id === wanted);
}

/** The record of what was bound outlives it (NIST SP 800-63B-4 §4.1); the secret does not. */
function retired(account: Account, old: readonly Authenticator[], now: number): Account {
  if (old.length === 0) return account;
  const former = old.map(({ id, kind, name, boundAt }) => ({ id, kind, name, boundAt, removedAt: now }));
  return {
    ...account,
    authenticators: account.authenticators.filter(({ id }) => !has(old, id)),
    formerAuthenticators: [...(account.formerAuthenticators ?? []), ...former],
  };
}

function withDeletionCode(account: Account, deletionCode: DeletionCode): Account {
  return { ...withoutDeletionCode(account, 'replaced'), deletionCode };
}

/** The last code that no longer counts is remembered, so that whoever types it learns why it does not. */
function withoutDeletionCode({ deletionCode, ...account }: Account, because: 'used' | 'replaced'): Account {
  return deletionCode ? { ...account, formerDeletionCode: { hash: deletionCode.hash, because } } : account;
}

function unprotected(account: Account, because: 'used' | 'replaced', now: number): Account {
  const without = retired(account, account.authenticators, now);
  return { ...withoutDeletionCode(without, because), codeFailures: NONE };
}
