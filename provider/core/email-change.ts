/** A new e-mail address on its way: nothing changes before the code that was sent there is typed in. */
import type { Account, EmailChange } from './account.ts';
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
    const { passwordLink: _, ...kept } = withoutEmailChange(account);
    const changed = { ...kept, email: current.address };
    return { account: changed, result: { ok: true, previous: account.email } };
  }
  const triesLeft = current.triesLeft - 1;
  if (triesLeft === 0) return { account: withoutEmailChange(account), result: refuse('email-code-dead') };
  const emailChange = { ...current, triesLeft };
  return { account: { ...account, emailChange }, result: WRONG };
}

const WRONG: Refusal = refuse('wrong-email-code');

export function withoutEmailChange({ emailChange: _, ...account }: Account): Account {
  return account;
}
