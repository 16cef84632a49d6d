/** Holding a typed code of an authenticator against an account, for every page that asks for one. */
import type { Account } from '../core/account.ts';
import type { AccountEvent, Origin } from '../core/event.ts';
import type { Mail } from '../core/mail.ts';
import { type Result, refuse } from '../core/refusal.ts';
import { acceptCode, type CodeLimits, codeAdmitted } from '../core/totp.ts';
import { tryCode } from './authenticators.ts';
import type { Accounts, Clock, SecretBox } from './ports.ts';

export interface CodeCheckPorts {
  readonly accounts: Accounts;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
}

/** What a right code means beside that: what else happened, and whom to tell of it. */
export interface Meaning {
  readonly events: readonly AccountEvent[];
  readonly letters: readonly Mail[];
}

export const NO_MEANING: Meaning = { events: [], letters: [] };

/**
 * Ask only where the password was right. When it answers yes, and which device it was, the time step is burnt. What
 * it means is kept in the commit that burns the step, so only once.
 */
export type CodeCheck = (
  account: Account,
  typed: string,
  origin: Origin,
  meaning?: (account: Account, authenticatorId: string) => Meaning,
) => Promise<Result<{ authenticatorId: string }>>;

export function codeCheck({ accounts, secretBox, clock }: CodeCheckPorts, limits: CodeLimits): CodeCheck {
  return async (account, typed, origin, meaning = () => NO_MEANING) => {
    const now = clock.now();
    const admitted = codeAdmitted(account.codeFailures, limits, now);
    if (!admitted.ok) return admitted;
    const tried = tryCode(secretBox, account, typed, now);
    const spent = await accounts.update(account.id, (current) => {
      const { account: changed, result } = acceptCode(current, tried, limits, now);
      const also = result.ok ? meaning(changed, result.authenticatorId) : NO_MEANING;
      const events = [{ ...codeEvent(current, result), at: now, ...origin }, ...also.events];
      // Whoever got here knew the password: the owner must hear of it (ASVS 5.0 §6.3.5).
      const warns = !result.ok && (result.until !== undefined || result.because === 'factor-locked');
      const warning = { kind: 'codes-refused', account: current, at: now } as const;
      const letters = warns ? [warning] : also.letters;
      return { account: changed, events, letters, result };
    });
    return spent ?? refuse('wrong-code');
  };
}

function codeEvent(
  { authenticators }: Account,
  result: Result<{ authenticatorId: string }>,
): Pick<AccountEvent, 'kind' | 'because' | 'authenticatorId' | 'authenticatorName'> {
  if (!result.ok) return { kind: 'code-refused', because: result.because };
  const { authenticatorId } = result;
  const name = authenticators.find(({ id }) => id === authenticatorId)?.name;
  return { kind: 'code-accepted', authenticatorId, ...(name !== undefined && { authenticatorName: name }) };
}
