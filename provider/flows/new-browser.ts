/** A login from a browser that the account has not logged in with before: its owner is told, but for the first login ever. */
import type { Account } from '../core/account.ts';
import type { Origin } from '../core/event.ts';
import type { Mail } from '../core/mail.ts';
import type { History } from './ports.ts';

/** What the owner is told of it, in their own words. */
export interface NewBrowser {
  readonly browser: string;
  readonly portal: string;
}

/** `seen`, where its owner has to hear of it: whoever has just chosen the first password need not. */
export async function toldOf(
  history: History,
  accountId: string,
  seen: NewBrowser | undefined,
): Promise<NewBrowser | undefined> {
  return seen && (await history.hasLogin(accountId)) ? seen : undefined;
}

export function lettersOf(
  told: NewBrowser | undefined,
  account: Account,
  at: number,
  { address }: Origin,
): Mail[] {
  return told ? [{ kind: 'new-browser', account, at, facts: { ...told, address } }] : [];
}
