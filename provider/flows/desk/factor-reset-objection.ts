/** The person stops the removal of their second factor: whoever stood at the desk was not them. */
import type { Account } from '../../core/account.ts';
import type { Origin } from '../../core/event.ts';
import { openReset, withoutReset } from '../../core/factor-reset.ts';
import type { FactorReset } from '../../core/factor-reset-record.ts';
import { type Result, refuse } from '../../core/refusal.ts';
import { accountNamedIn, hashOfToken } from '../mailed-token.ts';
import type { Accounts, Clock, Log } from '../ports.ts';

export interface ObjectionPorts {
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly log: Log;
}

export function objecting({ accounts, clock, log }: ObjectionPorts) {
  /** By the mail's link. */
  async function object(token: string, origin: Origin): Promise<Result> {
    const accountId = accountNamedIn(token);
    if (accountId === undefined) return refuse('dead-link');
    const hash = hashOfToken(token);
    return stop(accountId, origin, ({ confirmed }) => confirmed?.objectionHash === hash);
  }

  /** Logged in. */
  function objectSignedIn({ id }: Account, origin: Origin): Promise<Result> {
    return stop(id, origin, () => true);
  }

  async function stop(
    accountId: string,
    origin: Origin,
    theirs: (reset: FactorReset) => boolean,
  ): Promise<Result> {
    const at = clock.now();
    const stopped = await accounts.update(accountId, (current) => {
      const reset = openReset(current, at);
      if (!reset || !theirs(reset)) return { account: current, result: false };
      const events = [{ kind: 'factor-reset-objected', at, ...origin } as const];
      return { account: withoutReset(current), events, result: true };
    });
    if (!stopped) return refuse('dead-link');
    log.warn({ accountId }, 'a person objected to the removal of their second factor by the desk');
    return { ok: true };
  }

  return { object, objectSignedIn };
}
