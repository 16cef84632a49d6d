/** A login from a browser that the account has not logged in with before: its owner is told, but for the first login ever. */
import type { Account } from '../core/account.ts';
import { DAY_MS } from '../core/duration.ts';
import type { Origin } from '../core/event.ts';
import type { Mail } from '../core/mail.ts';
import type { History } from './ports.ts';

/** What the owner is told of it, in their own words. */
export interface NewBrowser {
  readonly browser: string;
  readonly portal: string;
}

/** Whoever chose their password so long ago is no newcomer, also where old logins were dropped from the history. */
const LONG_AGO_MS = 365 * DAY_MS;

/** `seen`, where its owner has to hear of it: whoever has just chosen the first password need not. */
export async function toldOf(
  history: History,
  account: Account,
  seen: NewBrowser | undefined,
  at: number,
): Promise<NewBrowser | undefined> {
  if (!seen) return undefined;
  const longAgo = at - (account.password?.changedAt ?? at) > LONG_AGO_MS;
  return longAgo || (await history.hasLogin(account.id)) ? seen : undefined;
}

export function lettersOf(
  told: NewBrowser | undefined,
  account: Account,
  at: number,
  { address }: Origin,
): Mail[] {
  return told ? [{ kind: 'new-browser', account, at, facts: { ...told, address } }] : [];
}
