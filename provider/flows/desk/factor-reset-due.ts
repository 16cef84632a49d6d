/**
 * What becomes of a confirmed removal of a second factor: the person is told, and when they have had time to object it
 * is carried out. Any instance may do either at any time.
 */
import type { Account } from '../../core/account.ts';
import { switchOff } from '../../core/authenticators.ts';
import { resetDue, withoutReset } from '../../core/factor-reset.ts';
import type { FactorReset } from '../../core/factor-reset-record.ts';
import { refuse } from '../../core/refusal.ts';
import type { ChangeFactors } from '../factor-change.ts';
import { hashOfToken, newMailedToken } from '../mailed-token.ts';
import type { Accounts, Clock, DueList, Random } from '../ports.ts';

export interface CarryingOutPorts {
  readonly accounts: Accounts;
  readonly factorResets: DueList;
  readonly changeFactors: ChangeFactors;
  readonly random: Random;
  readonly clock: Clock;
}

export interface CarryingOutSettings {
  /** How long the person can object, in milliseconds; 0: it is carried out at once. */
  readonly objectionMs: number;
  /** The address of the page by which the person objects. */
  readonly objectHref: (token: string) => string;
}

const SWEEP = 100;

export function carryingOut(
  { accounts, factorResets: due, changeFactors, random, clock }: CarryingOutPorts,
  { objectionMs, objectHref }: CarryingOutSettings,
) {
  /** Nothing is carried out before the mail is sure to be sent: it is kept in the write that says so. */
  async function tell({ id }: Account, until: number): Promise<void> {
    const token = newMailedToken(id, random);
    const objectionHash = hashOfToken(token);
    const at = clock.now();
    const facts = { link: objectHref(token), until };
    await accounts.update(id, (current) => {
      const { factorReset } = current;
      const confirmed = factorReset?.confirmed;
      if (!confirmed || confirmed.told) return { account: current, result: undefined };
      const told = { ...factorReset, confirmed: { ...confirmed, objectionHash, until, told: true } };
      return {
        account: { ...current, factorReset: told },
        letters: [{ kind: 'reset-by-desk', account: current, at, facts }],
        result: undefined,
      };
    });
  }

  /** Any instance may call it at any time: each account is taken up by one of them. */
  async function carryOutDue(): Promise<void> {
    for (const { id, at } of await due.takeDue(SWEEP)) await carryOut(id, at);
  }

  async function carryOut(accountId: string, dueAt: number): Promise<void> {
    const account = await accounts.find(accountId);
    const reset = account?.factorReset;
    const at = clock.now();
    if (account && reset?.confirmed?.told === false && reset.confirmed.until <= at) {
      const until = at + objectionMs;
      await due.add(accountId, until);
      await tell(account, until);
    }
    if (account && reset && resetDue(account, at)) await removeFactors(account, reset, at);
    await due.remove(accountId, dueAt);
  }

  async function removeFactors(
    account: Account,
    { id, confirmed, askedBy }: FactorReset,
    at: number,
  ): Promise<void> {
    const by = confirmed?.by ?? askedBy;
    await changeFactors(account, {
      change: (current) =>
        current.factorReset?.id === id && resetDue(current, at)
          ? switchOff(withoutReset(current), at)
          : refuse('reset-gone'),
      events: [{ kind: 'factor-reset-done', at, by }],
      letters: (_, before) => [{ kind: 'reset-by-desk-done', account: before, at }],
      at,
      origin: { by },
      ends: { except: undefined, first: true },
    });
  }

  return { tell, carryOut, carryOutDue };
}
