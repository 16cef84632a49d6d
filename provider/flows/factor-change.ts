/**
 * The one way in which the second factor of an account changes: in one atomic write together with its record in the
 * history, and where an old device stops working, with an end to all sessions but the one at work.
 */
import type { Account } from '../core/account.ts';
import type { Changed } from '../core/authenticators.ts';
import type { Circumstances } from '../core/doing.ts';
import type { AccountEvent } from '../core/event.ts';
import type { Mail } from '../core/mail.ts';
import { refuse } from '../core/refusal.ts';
import type { Accounts } from './ports.ts';
import type { SessionEnding } from './session-ending.ts';

export interface FactorChangePorts {
  readonly accounts: Accounts;
  readonly sessionEnding: SessionEnding;
}

export interface FactorChange {
  /** Pure; may run several times. */
  readonly change: (current: Account) => Changed;
  /** What is written down beside the removals, which are always. */
  readonly events?: readonly AccountEvent[];
  /** What is sent when something has changed; the account is as it was before. */
  readonly letters?: (done: Extract<Changed, { ok: true }>, before: Account) => readonly Mail[];
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly origin: Circumstances;
  /**
   * Which sessions end: none, or all but the one with the uid `except`. `first`: they end before the change too, for an
   * act that can't be repeated: a crash in between must not leave them alive.
   */
  readonly ends?: { readonly except: string | undefined; readonly first?: boolean };
}

export type ChangeFactors = (account: Account, wanted: FactorChange) => Promise<Changed>;

export function factorChange({ accounts, sessionEnding }: FactorChangePorts): ChangeFactors {
  return async ({ id: accountId }, { change, events = [], letters = () => [], at, origin, ends }) => {
    const endSessions = async () => {
      if (ends)
        await sessionEnding.endAll(accountId, ends.except === undefined ? {} : { except: ends.except });
    };
    if (ends?.first) await endSessions();
    const done = await accounts.update<Changed>(accountId, (current) => {
      const result = change(current);
      if (!result.ok || result.again) return { account: current, result };
      const removals = result.removed.map(({ id, name }) => ({
        kind: 'authenticator-removed' as const,
        at,
        authenticatorId: id,
        authenticatorName: name,
        ...origin,
      }));
      return {
        account: result.account,
        events: [...removals, ...events],
        letters: letters(result, current),
        result,
      };
    });
    if (!done?.ok) return done ?? refuse('device-gone');
    await endSessions();
    return done;
  };
}
