/**
 * The way into the account pages: the service is a client of its own provider. No session, or one too low, is an
 * authorization request like any portal's, and the person comes back to where they were.
 */
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import { type Account, highestLevel } from '../../core/account.ts';
import { type AcrValues, atLeast, type Level } from '../../core/assurance.ts';
import type { Accounts, Clock } from '../../flows/ports.ts';
import { signInHref } from '../../oidc/account-client.ts';
import { levelOfSession } from '../../oidc/demand.ts';
import { renewSession, type SessionLimits } from '../../oidc/session-life.ts';

export interface SignedIn {
  readonly account: Account;
  readonly level: Level;
}

export interface AccountGuardPorts {
  readonly provider: Provider;
  readonly accounts: Accounts;
  readonly clock: Clock;
}

export interface AccountGuardSettings {
  readonly issuer: string;
  readonly acrValues: AcrValues;
  readonly session: SessionLimits;
}

/** What a page needs: a level, or the highest that the account has. */
export type Needs = Level | 'own-highest';

export type AccountGuard = ReturnType<typeof accountGuard>;

export function accountGuard(
  { provider, accounts, clock }: AccountGuardPorts,
  settings: AccountGuardSettings,
) {
  const { issuer, acrValues } = settings;

  /** Answers who is here at the level needed; otherwise sends the browser to log in and answers undefined. */
  async function enter(ctx: Context, needs: Needs): Promise<SignedIn | undefined> {
    const session = await provider.Session.get(ctx as never);
    const found = session.accountId ? await accounts.find(session.accountId) : undefined;
    const account = found?.status === 'active' ? found : undefined;
    const level = levelOfSession(session, acrValues) ?? 'low';
    const needed = needs !== 'own-highest' ? needs : account ? highestLevel(account) : 'low';
    if (!account || !atLeast(level, needed)) {
      ctx.status = 303;
      ctx.redirect(signInHref(issuer, acrValues[needed], ctx.path));
      return undefined;
    }
    await renewSession(session, Math.floor(clock.now() / 1000), settings.session);
    return { account, level };
  }

  async function isSignedIn(ctx: Context): Promise<boolean> {
    return Boolean((await provider.Session.get(ctx as never)).accountId);
  }

  return { enter, isSignedIn };
}
