/**
 * The way back to oidc-provider, which goes on with the authorization: with a login, with a consent, or with neither. Who
 * calls redirects to the interaction's `returnTo`.
 */
import type { Context } from 'koa';
import { type Outcome, outcomeOf } from '../../core/sign-in.ts';
import { NO_GOAL_AHEAD } from '../../oidc/goals.ts';
import { PROOFS } from '../../oidc/overtaken.ts';
import type { Notices } from '../notice.ts';
import type { Interaction, VisitPorts } from './interaction.ts';
import type { Opened } from './opening.ts';
import { accountOf } from './step.ts';

export function handingBack({
  provider,
  signIn,
  knownBrowser,
  notices,
  acrValues,
}: VisitPorts & { readonly notices: Notices }) {
  /** The interaction is concluded: oidc-provider goes on with the authorization. */
  async function withLogin(ctx: Context, { details, visit }: Opened): Promise<void> {
    const outcome = outcomeOf(visit.situation);
    if (!outcome) throw new Error('an interaction is done without an outcome');
    await leaveOtherAccount(ctx, details, outcome);
    const { accountId, level, amr, authenticatedAt, proofs, restsOn } = outcome;
    // The library goes on in this session alone, and another tab may have begun it after the interaction.
    if (restsOn !== undefined) details.session = { accountId, uid: restsOn } as typeof details.session;
    const ts = Math.floor(authenticatedAt / 1000);
    const login = { accountId, acr: acrValues[level], amr, ts, remember: false };
    const { achieved } = visit.situation.facts;
    // Whoever enrolled on the way has a device and a deletion code: what the goal would have been for.
    const reached = achieved || visit.situation.demand.goal ? NO_GOAL_AHEAD : {};
    await store(details, { login, [PROOFS]: proofs, ...reached });
    if (achieved && !visit.portal) notices.leave(ctx, achieved.purpose);
    const account = accountOf(visit);
    const { written = false } = visit.situation.facts;
    knownBrowser.note(ctx, account.username);
    const concluded = { account, written, newBrowser: visit.newBrowser(account) };
    await signIn.conclude(visit.interaction, outcome, visit.origin, concluded);
  }

  /** A browser has one person at a time. The library would ask the old one out with a page of its own. */
  async function leaveOtherAccount(
    ctx: Context,
    details: Interaction,
    { accountId }: Outcome,
  ): Promise<void> {
    const session = await provider.Session.get(ctx as never);
    if (!session.accountId || session.accountId === accountId) return;
    await session.destroy();
    details.session = undefined;
  }

  async function withConsent(ctx: Context, { details }: Opened): Promise<void> {
    await store(details, { consent: {}, ...(await liveLogin(ctx, details)) });
  }

  /** Whoever came from a page of ours and changes their mind goes back there; a portal is told. */
  async function withNothing(ctx: Context, { details, visit }: Opened): Promise<void> {
    const ownPage = visit.situation.demand.goal && !visit.portal;
    const result = ownPage
      ? { ...NO_GOAL_AHEAD, ...(await liveLogin(ctx, details)) }
      : { error: 'access_denied', error_description: 'the End-User cancelled' };
    await store(details, result);
    await signIn.cancel(visit.interaction, visit.origin);
  }

  /** The library repeats the login that led to a consent: meanwhile another tab may have raised the session. */
  async function liveLogin(ctx: Context, { lastSubmission }: Interaction): Promise<object> {
    const before = lastSubmission?.login;
    const { accountId, acr, amr, loginTs } = await provider.Session.get(ctx as never);
    if (!before || before.accountId !== accountId) return {};
    return { login: { ...before, acr, amr, ts: loginTs } };
  }

  async function store(details: Interaction, result: object): Promise<void> {
    details.result = 'error' in result ? result : { ...details.lastSubmission, ...result };
    await details.persist();
  }

  return { withLogin, withConsent, withNothing };
}
