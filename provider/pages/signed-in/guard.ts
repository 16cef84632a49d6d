/**
 * The way into the pages of who is signed in: the service is a client of its own provider. No session, or one too low or
 * too old, is an authorization request like any portal's, and the person comes back to where they were.
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
  /** The session of this browser. */
  readonly sessionUid: string;
}

export interface GuardPorts {
  readonly provider: Provider;
  readonly accounts: Accounts;
  readonly clock: Clock;
}

export interface GuardSettings {
  readonly issuer: string;
  readonly acrValues: AcrValues;
  readonly session: SessionLimits;
  /** How long ago a fresh authentication may be. */
  readonly freshSeconds: number;
}

/** What a page asks of who opens it. */
export interface Needs {
  /** A level, or the highest that the account has. */
  readonly level: Level | 'own-highest';
  /** Proved within the last minutes ({@link GuardSettings.freshSeconds}), not just at some time of the day. */
  readonly fresh?: true;
}

export type Guard = ReturnType<typeof guard>;

export function guard({ provider, accounts, clock }: GuardPorts, settings: GuardSettings) {
  const { issuer, acrValues, freshSeconds } = settings;
  const nowSeconds = () => Math.floor(clock.now() / 1000);

  /**
   * Answers who is here, if that is enough; otherwise sends the browser to log in, from where it comes back to `path`,
   * and answers undefined.
   */
  async function enter(ctx: Context, needs: Needs, path: string): Promise<SignedIn | undefined> {
    const session = await provider.Session.get(ctx as never);
    const found = session.accountId ? await accounts.find(session.accountId) : undefined;
    const account = found?.status === 'active' ? found : undefined;
    const level = levelOfSession(session, acrValues) ?? 'low';
    const own = account ? highestLevel(account) : 'low';
    const needed = needs.level === 'own-highest' ? own : needs.level;
    const fresh = !needs.fresh || !session.past(freshSeconds);
    if (!account || !fresh || !atLeast(level, needed)) {
      const maxAge = needs.fresh && { maxAge: freshSeconds };
      ctx.status = 303;
      ctx.redirect(signInHref(issuer, { acrValue: acrValues[needed], path, ...maxAge }));
      return undefined;
    }
    await renewSession(session, nowSeconds(), settings.session);
    return { account, level, sessionUid: session.uid };
  }

  async function isSignedIn(ctx: Context): Promise<boolean> {
    return Boolean((await provider.Session.get(ctx as never)).accountId);
  }

  return { enter, isSignedIn };
}
