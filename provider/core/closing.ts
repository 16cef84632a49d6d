/** The end of an account: it can be taken back for a while, and then only what must be kept is left. */
import type { Account } from './account.ts';
import { withoutReset } from './factor-reset.ts';
import { type Refusal, refuse } from './refusal.ts';
import { mayLeave } from './roles.ts';

export function closingRefusal(account: Account): Refusal | undefined {
  if (!mayLeave(account)) return refuse('still-admin');
  return account.status === 'active' || account.status === 'locked'
    ? undefined
    : refuse('account-not-active');
}

/** A removal of devices that is under way ends with it. */
export function closingAccount(account: Account, until: number): Account {
  const locked = account.status === 'locked' && { locked: true as const };
  return { ...withoutReset(account), status: 'closing', closing: { until, ...locked } };
}

/** Undefined when it is not being closed, or erased already. Who was locked is so again. */
export function reopenedAccount({ closing, ...account }: Account): Account | undefined {
  if (account.status !== 'closing' || !closing) return undefined;
  return { ...account, status: closing.locked ? 'locked' : 'active' };
}

export function erasable({ status, closing }: Account, now: number): boolean {
  return status === 'closing' && closing !== undefined && closing.until <= now;
}

/**
 * What is left for good: that there was an account, of this name, from when to when. The name is never given again, for
 * portals may know its owner by it; nothing else of the person remains.
 */
export function remainsOf({ id, username, language, createdAt }: Account, closedAt: number): Account {
  return {
    id,
    username,
    email: '',
    language,
    status: 'closed',
    roles: [],
    person: {},
    authenticators: [],
    codeFailures: { inARow: 0 },
    createdAt,
    closedAt,
  };
}
