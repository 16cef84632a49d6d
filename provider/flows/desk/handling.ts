/**
 * How staff and programs change somebody else's account: only whose account is theirs to handle, and always with its
 * event in the person's history, in the same write. Roles are read here and not believed from a page.
 */
import type { Account } from '../../core/account.ts';
import type { Actor } from '../../core/actor.ts';
import { circumstances, type Doing } from '../../core/doing.ts';
import type { EventFacts, StaffEventKind } from '../../core/event.ts';
import type { Mail } from '../../core/mail.ts';
import { type Refusal, type Result, refuse } from '../../core/refusal.ts';
import { mayHandle } from '../../core/roles.ts';
import type { Accounts, Clock, History } from '../ports.ts';

/** The account as it shall be, and what of it stands in its history; the same account and no events: nothing to do. */
export interface Decided {
  readonly account: Account;
  readonly events: readonly (Omit<EventFacts, 'at'> & { readonly kind: StaffEventKind })[];
  readonly letters?: readonly Mail[];
}

export type Handled = Result<{ readonly account: Account; readonly before: Account }>;

/** Why somebody may not handle an account; undefined when they may. */
export type Hindrance = (account: Account) => Refusal | undefined;

export type Handling = ReturnType<typeof handling>;

export interface HandlingPorts {
  readonly accounts: Accounts;
  readonly history: History;
  readonly clock: Clock;
}

export function handling({ accounts, history, clock }: HandlingPorts) {
  /** Who tries what is not theirs to do leaves a trace, in their own history. */
  async function noted<T extends Result>(result: T, { by, origin }: Doing): Promise<T> {
    if (by.kind !== 'account' || result.ok || result.because !== 'not-yours-to-handle') return result;
    const role = (await accounts.find(by.id))?.roles[0];
    const at = clock.now();
    await history.append(by.id, { kind: 'access-refused', at, ...(role && { role }), ...origin });
    return result;
  }

  async function hindranceFor({ kind, id }: Actor): Promise<Hindrance> {
    const account = kind === 'account' ? await accounts.find(id) : undefined;
    const roles = account?.status === 'active' ? account.roles : [];
    return (handled) => (mayHandle({ kind, id, roles }, handled) ? undefined : refuse('not-yours-to-handle'));
  }

  /** Compare-and-set: `decide` sees the newest account and may run several times. */
  async function change(
    accountId: string,
    doing: Doing,
    decide: (account: Account, at: number) => Decided | Refusal,
  ): Promise<Handled> {
    const hindrance = await hindranceFor(doing.by);
    const at = clock.now();
    const told = circumstances(doing);
    const done = await accounts.update<Handled>(accountId, (before) => {
      const decided = hindrance(before) ?? decide(before, at);
      if ('because' in decided) return { account: before, result: decided };
      const { account, letters = [] } = decided;
      const events = decided.events.map((event) => ({ at, ...told, ...event }));
      return { account, events, letters, result: { ok: true, account, before } };
    });
    return noted(done ?? refuse('unknown-account'), doing);
  }

  /** The account, if it is theirs to handle: for what changes nothing in it. */
  async function look(accountId: string, doing: Doing): Promise<Result<{ readonly account: Account }>> {
    const [hindrance, account] = await Promise.all([hindranceFor(doing.by), accounts.find(accountId)]);
    if (!account) return refuse('unknown-account');
    const refusal = hindrance(account);
    return refusal ? noted(refusal, doing) : { ok: true, account };
  }

  return { hindranceFor, change, look };
}
