/** A new password for somebody who knows the old one (ASVS 5.0 §6.2.3). */
import type { Account } from '../core/account.ts';
import type { Origin } from '../core/event.ts';
import { normalizePassword } from '../core/password.ts';
import { type Result, refuse } from '../core/refusal.ts';
import { checkOwnPassword, type PasswordCheck } from './password-check.ts';
import type { PasswordChoice } from './password-choice.ts';
import type { Accounts, Clock } from './ports.ts';
import type { SessionEnding } from './session-ending.ts';

export interface PasswordChangePorts {
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly checkPassword: PasswordCheck;
  readonly passwordChoice: PasswordChoice;
  readonly sessionEnding: SessionEnding;
}

export type PasswordChange = ReturnType<typeof passwordChange>;

export function passwordChange(ports: PasswordChangePorts) {
  const { accounts, clock, checkPassword, passwordChoice: choice, sessionEnding } = ports;

  /** Every other session of the account ends, and a link that was sent for a forgotten password dies. */
  return async (
    account: Account,
    typed: { current: string; chosen: string },
    sessionUid: string,
    origin: Origin,
  ): Promise<Result> => {
    const checked = await checkOwnPassword(checkPassword, account, typed.current, origin);
    if (!checked.ok) return checked;
    if (normalizePassword(typed.chosen) === normalizePassword(typed.current)) return refuse('same-password');
    const fault = await choice.fault(typed.chosen, account);
    if (fault) return fault;
    const hashed = await choice.hash(typed.chosen);
    if (!hashed.ok) return hashed;

    // Before and after: the old password can't be given again, so a crash in between must not leave them alive.
    const endOthers = () => sessionEnding.endAll(account.id, { except: sessionUid });
    await endOthers();
    const at = clock.now();
    const changed = await accounts.update(account.id, ({ passwordLink: _, ...current }) => {
      // Another window was faster: what was typed as the old password may be so no longer.
      if (current.password?.changedAt !== checked.account.password?.changedAt) {
        return { account: current, result: false };
      }
      const password = { hash: hashed.hash, changedAt: at };
      return {
        account: { ...current, password },
        events: [{ kind: 'password-changed', at, ...origin }],
        letters: [{ kind: 'password-changed', account: current, at }],
        result: true,
      };
    });
    if (!changed) return refuse('wrong-password');
    await endOthers();
    return { ok: true };
  };
}
