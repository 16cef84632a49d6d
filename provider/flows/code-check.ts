/** Holding a typed code of an authenticator against an account, for every page that asks for one. */
import type { Account } from '../core/account.ts';
import type { Origin } from '../core/event.ts';
import { type Result, refuse } from '../core/refusal.ts';
import { acceptCode, type CodeLimits, codeAdmitted } from '../core/totp.ts';
import { tryCode } from './authenticators.ts';
import type { Accounts, Clock, Mailer, SecretBox } from './ports.ts';

export interface CodeCheckPorts {
  readonly accounts: Accounts;
  readonly secretBox: SecretBox;
  readonly mailer: Mailer;
  readonly clock: Clock;
}

/** Ask only where the password was right. When it answers yes, the time step is burnt. */
export type CodeCheck = (account: Account, typed: string, origin: Origin) => Promise<Result>;

export function codeCheck(
  { accounts, secretBox, mailer, clock }: CodeCheckPorts,
  limits: CodeLimits,
): CodeCheck {
  return async (account, typed, origin) => {
    const now = clock.now();
    const admitted = codeAdmitted(account.codeFailures, limits, now);
    if (!admitted.ok) return admitted;
    const tried = tryCode(secretBox, account, typed, now);
    const spent = await accounts.update(account.id, (current) => {
      const { account: changed, result } = acceptCode(current, tried, limits, now);
      const refused = result.ok ? {} : { because: result.because };
      const kind = result.ok ? 'code-accepted' : 'code-refused';
      return { account: changed, events: [{ kind, at: now, ...refused, ...origin }], result };
    });
    if (spent?.ok) return { ok: true };
    // Whoever got here knew the password: the owner must hear of it (ASVS 5.0 §6.3.5).
    if (spent?.until !== undefined || spent?.because === 'factor-locked') {
      await mailer.post({ kind: 'codes-refused', account, at: now });
    }
    return spent ?? refuse('wrong-code');
  };
}
