/**
 * The desk removes the second factor of somebody who proved who they are in person. It is asked for, confirmed by a
 * second member of staff where that is wanted, and carried out when the person has had time to object.
 */
import type { Account } from './account.ts';
import type { Actor } from './actor.ts';
import { DAY_MS } from './duration.ts';
import type { FactorReset } from './factor-reset-record.ts';
import { type Refusal, refuse } from './refusal.ts';

/** Whoever asks stands at the desk: who does not confirm within a day has forgotten it. */
export const PROPOSAL_MS = DAY_MS;

export function openReset({ factorReset }: Account, now: number): FactorReset | undefined {
  if (!factorReset) return undefined;
  return factorReset.confirmed || factorReset.askedAt + PROPOSAL_MS > now ? factorReset : undefined;
}

export function askingRefusal(account: Account, now: number): Refusal | undefined {
  if (account.status !== 'active') return refuse('account-not-active');
  if (account.authenticators.length === 0) return refuse('no-factor');
  return openReset(account, now) ? refuse('reset-under-way') : undefined;
}

/** Four eyes are two people: whoever asked does not confirm. */
export function confirmingRefusal(
  account: Account,
  wanted: { readonly id: string; readonly by: Actor; readonly alone: boolean },
  now: number,
): Refusal | undefined {
  const reset = openReset(account, now);
  if (account.status !== 'active') return refuse('account-not-active');
  if (!reset || reset.id !== wanted.id || reset.confirmed) return refuse('reset-gone');
  const { kind, id } = reset.askedBy;
  return !wanted.alone && kind === wanted.by.kind && id === wanted.by.id ? refuse('own-proposal') : undefined;
}

/** Whether it is to be carried out now. */
export function resetDue({ factorReset, status }: Account, now: number): boolean {
  const confirmed = factorReset?.confirmed;
  return status === 'active' && confirmed !== undefined && confirmed.told && confirmed.until <= now;
}

export function withoutReset({ factorReset: _, ...account }: Account): Account {
  return account;
}
