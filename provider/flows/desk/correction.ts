/** The desk corrects registered data by documents: what was and is stands in the history, and nobody's correction is lost. */
import { createHash } from 'node:crypto';
import type { Account } from '../../core/account.ts';
import type { Doing } from '../../core/doing.ts';
import { withEmail } from '../../core/email-change.ts';
import { refuse } from '../../core/refusal.ts';
import {
  checkedData,
  dataOf,
  differences,
  type RegisteredData,
  type TypedData,
} from '../../core/registered-data.ts';
import type { Clock } from '../ports.ts';
import type { Decided, Handled, Handling } from './handling.ts';

export interface DeskCorrectionPorts {
  readonly handling: Handling;
  readonly clock: Clock;
}

export interface DeskCorrectionSettings {
  /** How long no link to a new password goes to an address of the desk's, so that the person can object; in milliseconds. */
  readonly waitMs: number;
}

/** Names the data as somebody saw them: who corrects what has changed since is told so. */
export function dataTag(account: Pick<Account, 'email' | 'person'>): string {
  const { email, person } = dataOf(account);
  const text = JSON.stringify([email, Object.entries(person).toSorted()]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

export type DeskCorrection = ReturnType<typeof deskCorrection>;

export function deskCorrection({ handling, clock }: DeskCorrectionPorts, { waitMs }: DeskCorrectionSettings) {
  /** `basedOn` is the {@link dataTag} of what was seen. */
  return async (
    accountId: string,
    { typed, basedOn }: { readonly typed: TypedData; readonly basedOn: string },
    doing: Doing,
  ): Promise<Handled> => {
    const checked = checkedData(typed, new Date(clock.now()).toISOString().slice(0, 10));
    if (!checked.ok) return refuse(checked.because);
    return handling.change(accountId, doing, (account, at) => {
      if (account.status !== 'active' && account.status !== 'locked') return refuse('account-not-active');
      if (dataTag(account) !== basedOn) return refuse('changed-meanwhile');
      const waits = doing.by.kind === 'command-line' ? 0 : waitMs;
      return corrected(account, checked.data, { at, addressWaitsUntil: at + waits });
    });
  };
}

function corrected(
  account: Account,
  data: RegisteredData,
  { at, addressWaitsUntil }: { readonly at: number; readonly addressWaitsUntil: number },
): Decided {
  const changes = differences(dataOf(account), data);
  if (changes.length === 0) return { account, events: [] };
  const events = [{ kind: 'data-corrected', changes } as const];
  if (data.email === account.email) return { account: { ...account, ...data }, events };
  // What is on its way to the old mailbox must not count any more.
  const { emailChange: _, passwordLink: __, ...rest } = account;
  const changed = { ...withEmail(rest, data.email, at), ...data, addressWaitsUntil };
  const told = { kind: 'email-changed', at, account: changed, facts: { newEmail: data.email } } as const;
  const letters = [account.email, data.email].map((to) => ({ ...told, to }));
  return { account: changed, events, letters };
}
