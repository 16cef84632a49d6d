/** A new e-mail address on its way: nothing changes before the code that was sent there is typed in. */
import type { Account, EmailChange } from './account.ts';
import { DAY_MS } from './duration.ts';
import { type Refusal, type Result, refuse } from './refusal.ts';

export function changeUnderWay({ emailChange }: Account, now: number): EmailChange | undefined {
  return emailChange && emailChange.until > now && emailChange.triesLeft > 0 ? emailChange : undefined;
}

/**
 * A try: the account as it must be stored before the verdict counts. `matches` tells about the code of exactly this
 * change; another one that began meanwhile has another code.
 */
export function tryEmailCode(
  account: Account,
  tried: EmailChange,
  matches: boolean,
  now: number,
): { account: Account; result: Result<{ previous: string }> } {
  const current = changeUnderWay(account, now);
  if (!current || current.code.data !== tried.code.data)
    return { account, result: refuse('email-code-dead') };
  if (matches) {
    // A link to a new password that lies in the old mailbox must not outlive the address.
    const { passwordLink: _, addressWaitsUntil: __, ...kept } = withoutEmailChange(account);
    const changed = { ...withEmail(kept, current.address, now), confirmedEmail: current.address };
    return { account: changed, result: { ok: true, previous: account.email } };
  }
  const triesLeft = current.triesLeft - 1;
  if (triesLeft === 0) return { account: withoutEmailChange(account), result: refuse('email-code-dead') };
  const emailChange = { ...current, triesLeft };
  return { account: { ...account, emailChange }, result: WRONG };
}

const FORMER_MS = 30 * DAY_MS;

/**
 * With another address. The mailbox of before is kept for a while, and the first one stays when the address changes again
 * and again: whoever has taken an account over could else send the owner's mails into nothing by two changes.
 */
export function withEmail(account: Account, email: string, now: number): Account {
  if (email === account.email) return account;
  const { formerEmail } = account;
  const kept = formerEmail && formerEmail.until > now;
  return {
    ...account,
    email,
    formerEmail: kept ? formerEmail : { address: account.email, until: now + FORMER_MS },
  };
}

/** Who hears of what the owner has to be able to stop. */
export function mailboxesOf(
  { email, formerEmail }: Pick<Account, 'email' | 'formerEmail'>,
  now: number,
): string[] {
  return formerEmail && formerEmail.until > now && formerEmail.address !== email
    ? [email, formerEmail.address]
    : [email];
}

const WRONG: Refusal = refuse('wrong-email-code');

export function withoutEmailChange({ emailChange: _, ...account }: Account): Account {
  return account;
}
