/**
 * The way into the pages of who is signed in: the service is a client of its own provider. No session, or one too low or
 * too old, is an authorization request like any portal's, and the person comes back to where they were.
 */
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import type { Session } from 'oidc-provider';
import { type Account, highestLevel, type Role } from '../../core/account.ts';
import { type AcrValues, atLeast, type Level } from '../../core/assurance.ts';
import type { Accounts, Clock, History } from '../../flows/ports.ts';
import { signInHref } from '../../oidc/account-client.ts';
import { levelOfSession } from '../../oidc/demand.ts';
import { endOf, renewSession, type SessionEnd, type SessionLimits } from '../../oidc/session-life.ts';
import type { Notices } from '../notice.ts';
import type { Site } from '../page.ts';

export interface SignedIn {
  readonly account: Account;
  readonly level: Level;
  /** The session of this browser. */
  readonly sessionUid: string;
  /** When it ends, unless the person comes back before; milliseconds since the epoch. */
  readonly sessionEndsAt: number;
  /** Whether they proved who they are within the last minutes. */
  readonly fresh: boolean;
}

export interface GuardPorts {
  readonly provider: Provider;
  readonly accounts: Accounts;
  readonly history: History;
  readonly site: Site;
  readonly notices: Notices;
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
  /** One of these roles at least. */
  readonly roles?: readonly Role[];
  /** Proved within the last minutes ({@link GuardSettings.freshSeconds}), not just at some time of the day. */
  readonly fresh?: true;
}

export type Guard = ReturnType<typeof guard>;

export function guard(ports: GuardPorts, settings: GuardSettings) {
  const { provider, accounts, history, site, notices, clock } = ports;
  const { issuer, acrValues, freshSeconds } = settings;
  const nowSeconds = () => Math.floor(clock.now() / 1000);

  /**
   * Answers who is here, if that is enough. Otherwise it answers the request, and undefined: the browser is sent to log
   * in, from where it comes back to `path`, or told that this is not for them. `onAgain` hears who must log in anew.
   */
  async function enter(
    ctx: Context,
    needs: Needs,
    path: string,
    onAgain?: (account: Account) => Promise<void>,
  ): Promise<SignedIn | undefined> {
    const session = await provider.Session.get(ctx as never);
    const account = await usable(session.accountId);
    // Nobody is sent to enrol for a page that they may not see afterwards either.
    if (account && !hasRole(account, needs)) return refuse(ctx, account);
    const level = levelOfSession(session, acrValues) ?? 'low';
    const needed = levelFor(needs, account);
    const fresh = !session.past(freshSeconds);
    if (!account || (needs.fresh && !fresh) || !atLeast(level, needed)) {
      const why = whyAgain(ctx.method, account, session);
      if (why) notices.leave(ctx, why);
      if (account) await onAgain?.(account);
      return sendToLogIn(ctx, needs, needed, path);
    }
    await renewSession(session, nowSeconds(), settings.session);
    const sessionEndsAt = (session.exp ?? nowSeconds()) * 1000;
    return { account, level, sessionUid: session.uid, sessionEndsAt, fresh };
  }

  function sendToLogIn(ctx: Context, { fresh }: Needs, level: Level, path: string): undefined {
    const maxAge = fresh && { maxAge: freshSeconds };
    ctx.status = 303;
    ctx.redirect(signInHref(issuer, { acrValue: acrValues[level], path, ...maxAge }));
  }

  async function usable(accountId: string | undefined): Promise<Account | undefined> {
    const account = accountId === undefined ? undefined : await accounts.find(accountId);
    return account?.status === 'active' ? account : undefined;
  }

  async function refuse(ctx: Context, { id, roles: [role] }: Account): Promise<undefined> {
    const visit = site.visit(ctx);
    const at = clock.now();
    await history.append(id, { kind: 'access-refused', at, ...(role && { role }), ...visit.origin });
    await site.problem(ctx, { name: 'forbidden', status: 403 }, visit);
  }

  async function isSignedIn(ctx: Context): Promise<boolean> {
    return Boolean((await provider.Session.get(ctx as never)).accountId);
  }

  async function sessionEnd(ctx: Context): Promise<SessionEnd | undefined> {
    return endOf(await provider.Session.get(ctx as never), settings.session);
  }

  /** Keeps the session, as a page does that is opened anew; answers when it ends now. */
  async function stay(ctx: Context): Promise<SessionEnd | undefined> {
    const session = await provider.Session.get(ctx as never);
    await renewSession(session, nowSeconds(), settings.session);
    return endOf(session, settings.session);
  }

  /** Where a person logs in though they may be logged in: a session has an end that no click moves. */
  function loginAnew(path: string): string {
    return signInHref(issuer, { acrValue: acrValues.low, path, maxAge: 0 });
  }

  return { enter, isSignedIn, sessionEnd, stay, loginAnew };
}

/** The text that tells why a person who was here before must log in; none for whoever just arrives. */
function whyAgain(method: string, account: Account | undefined, session: Session): string | undefined {
  const ended = !account && hasEnded(session);
  if (method === 'POST' && (account || ended)) return 'not-carried-out';
  return ended ? 'session-ended' : undefined;
}

/** The browser still names a session, but there is none any more. */
function hasEnded(session: Session): boolean {
  return session.accountId === undefined && session.exp === undefined && !('new' in session);
}

function levelFor({ level }: Needs, account: Account | undefined): Level {
  if (level !== 'own-highest') return level;
  return account ? highestLevel(account) : 'low';
}

function hasRole({ roles }: Account, needs: Needs): boolean {
  return !needs.roles || needs.roles.some((role) => roles.includes(role));
}
