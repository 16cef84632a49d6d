/** Another e-mail address: a code to the new one, typed in on the page, and both addresses are told. */
import type { Account } from '../core/account.ts';
import { normalizeEmail } from '../core/email.ts';
import { changeUnderWay, tryEmailCode, withoutEmailChange } from '../core/email-change.ts';
import type { Origin } from '../core/event.ts';
import { type Result, refuse } from '../core/refusal.ts';
import type { ThrottleRule } from '../core/throttle.ts';
import { normalizeCode } from '../core/totp.ts';
import type { Accounts, Clock, Random, SecretBox, Throttles } from './ports.ts';

export interface EmailChangePorts {
  readonly accounts: Accounts;
  readonly throttles: Throttles;
  readonly secretBox: SecretBox;
  readonly random: Random;
  readonly clock: Clock;
}

export interface EmailChangeLimits {
  readonly codeLifetimeMs: number;
  readonly tries: number;
  /** How often an account may have a code sent. */
  readonly requests: ThrottleRule;
}

export type EmailChanging = ReturnType<typeof emailChanging>;

const contextOf = (accountId: string) => `email-code:${accountId}`;

export function emailChanging(ports: EmailChangePorts, limits: EmailChangeLimits) {
  const { accounts, throttles, secretBox, random, clock } = ports;

  /** Sends a code to the address. A change under way gives way to the new one. */
  async function request(account: Account, typed: string, origin: Origin): Promise<Result> {
    const address = normalizeEmail(typed);
    if (address === undefined) return refuse('malformed-email');
    if (address === account.email) return refuse('same-email');
    const admitted = await throttles.attempt('email-change', account.id, limits.requests);
    if (!admitted.ok) return admitted;
    const now = clock.now();
    const until = now + limits.codeLifetimeMs;
    const code = sixDigits(random);
    const sealed = secretBox.seal(code, contextOf(account.id));
    const emailChange = { address, code: sealed, until, triesLeft: limits.tries };
    await accounts.update(account.id, (current) => ({
      account: { ...current, emailChange },
      events: [{ kind: 'email-change-requested', at: now, ...origin }],
      letters: [{ kind: 'email-confirm', account: current, to: address, at: now, facts: { code, until } }],
      result: undefined,
    }));
    return { ok: true };
  }

  /** The try is counted in the same write that its verdict comes from: however many come at once, few are looked at. */
  async function confirm(account: Account, typed: string, origin: Origin): Promise<Result> {
    const now = clock.now();
    const tried = changeUnderWay(account, now);
    if (!tried) return refuse('email-code-dead');
    const code = secretBox.open(tried.code, contextOf(account.id));
    const matches = code !== undefined && normalizeCode(typed) === code;
    const changed = { kind: 'email-changed', at: now, ...origin } as const;
    const told = { kind: 'email-changed', at: now, facts: { newEmail: tried.address } } as const;
    const result = await accounts.update(account.id, (current) => {
      const verdict = tryEmailCode(current, tried, matches, now);
      if (!verdict.result.ok) return verdict;
      const letters = [verdict.result.previous, tried.address].map((to) => ({
        ...told,
        account: current,
        to,
      }));
      return { ...verdict, events: [changed], letters };
    });
    return result?.ok ? { ok: true } : (result ?? refuse('email-code-dead'));
  }

  async function giveUp({ id }: Account): Promise<void> {
    await accounts.update(id, (current) => ({ account: withoutEmailChange(current), result: undefined }));
  }

  return { request, confirm, giveUp };
}

/** The rest of a division of 32 bits by a million favours no code by more than one in four thousand. */
function sixDigits(random: Random): string {
  const number = Buffer.from(random.bytes(4)).readUInt32BE() % 1_000_000;
  return String(number).padStart(6, '0');
}
