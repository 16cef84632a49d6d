/** Closing an account: at once out, for some days to be taken back by a link in a mail, and then erased for good. */
import type { Account } from '../core/account.ts';
import { closingAccount, closingRefusal, erasable, remainsOf, reopenedAccount } from '../core/closing.ts';
import type { Circumstances } from '../core/doing.ts';
import type { Origin } from '../core/event.ts';
import { type Result, refuse } from '../core/refusal.ts';
import type { CodeCheck } from './code-check.ts';
import type { Hindrance } from './desk/handling.ts';
import { checkOwnPassword, type PasswordCheck } from './password-check.ts';
import type { Accounts, Clock, DueList, Log, Mailer, OneTimeTokens } from './ports.ts';
import type { SessionEnding } from './session-ending.ts';

export interface ClosingPorts {
  readonly accounts: Accounts;
  readonly closings: DueList;
  readonly sessionEnding: SessionEnding;
  readonly oneTimeTokens: OneTimeTokens;
  readonly mailer: Mailer;
  readonly checkPassword: PasswordCheck;
  readonly checkCode: CodeCheck;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ClosingSettings {
  /** How long a closing can be taken back; 0: not at all. */
  readonly graceMs: number;
  /** The address of the page that takes it back. */
  readonly reopenHref: (token: string) => string;
}

const PURPOSE = 'reopen';
/** Accounts that one sweep takes up at most: the next comes soon. */
const SWEEP = 100;

export type Closing = ReturnType<typeof closing>;

export function closing(ports: ClosingPorts, { graceMs, reopenHref }: ClosingSettings) {
  const { accounts, closings, sessionEnding, oneTimeTokens, mailer, checkPassword, checkCode } = ports;
  const { clock, log } = ports;

  /** Both factors are proved anew here, whatever the session is worth. */
  async function close(
    known: Account,
    typed: { password: string; code: string },
    origin: Origin,
  ): Promise<Result> {
    const checked = await checkOwnPassword(checkPassword, known, typed.password, origin);
    if (!checked.ok) return checked;
    const { account } = checked;
    if (account.authenticators.length > 0) {
      if (typed.code.trim() === '') return refuse('malformed-code');
      const code = await checkCode(account, typed.code, origin);
      if (!code.ok) return code;
    }
    return begin(known.id, origin);
  }

  /** Whoever may say so. It is in the list of what is due before it is closing: a crash in between leaves nothing that is never erased. */
  async function begin(id: string, told: Circumstances, hindrance?: Hindrance): Promise<Result> {
    const now = clock.now();
    const until = now + graceMs;
    await closings.add(id, until);
    const link = graceMs > 0 && reopenHref(await oneTimeTokens.issue(PURPOSE, { accountId: id }, graceMs));
    const begun = await accounts.update<Result>(id, (current) => {
      const refusal = hindrance?.(current) ?? closingRefusal(current);
      if (refusal) return { account: current, result: refusal };
      const events = [{ kind: 'account-closing', at: now, ...told } as const];
      const letters = link
        ? [{ kind: 'account-closing', account: current, at: now, facts: { link, until } } as const]
        : [];
      return { account: closingAccount(current, until), events, letters, result: { ok: true } };
    });
    if (!begun?.ok) return begun ?? refuse('unknown-account');
    await sessionEnding.endAll(id);
    if (graceMs === 0) await erase(id, until);
    return { ok: true };
  }

  /** Takes a closing back with what stood in the mail's link. Once. */
  async function reopen(token: string, origin: Origin): Promise<Result> {
    const found = await oneTimeTokens.redeem<{ accountId: string }>(PURPOSE, token);
    if (!found) return refuse('dead-link');
    // What a crash after the closing left alive must not come back with the account.
    if ((await accounts.find(found.accountId))?.status === 'closing')
      await sessionEnding.endAll(found.accountId);
    const now = clock.now();
    const reopened = await accounts.update(found.accountId, (current) => {
      const account = erasable(current, now) ? undefined : reopenedAccount(current);
      if (!account) return { account: current, result: false };
      return {
        account,
        events: [{ kind: 'account-reopened', at: now, ...origin }],
        letters: [{ kind: 'account-reopened', account, at: now }],
        result: true,
      };
    });
    return reopened ? { ok: true } : refuse('dead-link');
  }

  /** Erases what is due. Any instance may call it at any time: each account is taken up by one of them. */
  async function eraseDue(): Promise<void> {
    for (const { id, at } of await closings.takeDue(SWEEP)) await erase(id, at);
  }

  /** May begin anew after a crash at any point: the list forgets an account last. */
  async function erase(id: string, at: number): Promise<void> {
    const now = clock.now();
    const account = await accounts.find(id);
    if (account && erasable(account, now)) {
      await sessionEnding.endAll(id);
      await mailer.post({ kind: 'account-closed', account, at: now });
      const erased = await accounts.erase(id, (current) =>
        erasable(current, now) ? remainsOf(current, now) : undefined,
      );
      if (erased) log.info({}, 'an account was erased');
    }
    await closings.remove(id, at);
  }

  return { close, begin, reopen, eraseDue };
}
