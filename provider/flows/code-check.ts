/** Holding a typed code of an authenticator against an account, for every page that asks for one. */
import type { Account } from '../core/account.ts';
import type { AccountEvent, Origin } from '../core/event.ts';
import { type Result, refuse } from '../core/refusal.ts';
import { acceptCode, type CodeLimits, codeAdmitted } from '../core/totp.ts';
import { tryCode } from './authenticators.ts';
import type { Accounts, Clock, SecretBox } from './ports.ts';

export interface CodeCheckPorts {
  readonly accounts: Accounts;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
}

/**
 * Ask only where the password was right. When it answers yes, and which device it was, the time step is burnt. `meaning`
 * says what else a right code means for the history: it is written in the commit that burns the step, so only once.
 */
export type CodeCheck = (
  account: Account,
  typed: string,
  origin: Origin,
  meaning?: (account: Account, authenticatorId: string) => readonly AccountEvent[],
) => Promise<Result<{ authenticatorId: string }>>;

export function codeCheck({ accounts, secretBox, clock }: CodeCheckPorts, limits: CodeLimits): CodeCheck {
  return async (account, typed, origin, meaning = () => []) => {
    const now = clock.now();
    const admitted = codeAdmitted(account.codeFailures, limits, now);
    if (!admitted.ok) return admitted;
    const tried = tryCode(secretBox, account, typed, now);
    const spent = await accounts.update(account.id, (current) => {
      const { account: changed, result } = acceptCode(current, tried, limits, now);
      const also = result.ok ? meaning(changed, result.authenticatorId) : [];
      const events = [{ ...codeEvent(current, result), at: now, ...origin }, ...also];
      // Whoever got here knew the password: the owner must hear of it (ASVS 5.0 §6.3.5).
      const warns = !result.ok && (result.until !== undefined || result.because === 'factor-locked');
      const letters = warns ? [{ kind: 'codes-refused', account: current, at: now } as const] : [];
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
