/**
 * The one dispatcher of interactions. `GET /interaction/:uid` derives the next step from facts and shows it, or
 * hands the outcome back to oidc-provider; `POST /interaction/:uid/<step>` adds a fact and answers 303 to the same.
 */
import type { Context, Next } from 'koa';
import { errors } from 'oidc-provider';
import type { Because } from '../../core/refusal.ts';
import { mayPost, nextStep, type Outcome, outcomeOf } from '../../core/sign-in.ts';
import type { NewBrowser } from '../../flows/conclusion.ts';
import { NO_GOAL_AHEAD } from '../../oidc/goals.ts';
import { PROOFS } from '../../oidc/overtaken.ts';
import { browserName } from '../browser-name.ts';
import { type Again, postedIn, refused, submitted } from '../form-page.ts';
import { formActionOf } from '../headers.ts';
import { chosenLanguage } from '../language.ts';
import type { Notices } from '../notice.ts';
import { addressOf } from '../page.ts';
import { type Interaction, interactionVisit, type VisitPorts } from './interaction.ts';
import { lostInteraction } from './lost.ts';
import { commonLocals, type Standing, type Step, type StepName, type StepVisit } from './step.ts';
import { giveTicket, ticketOf } from './ticket.ts';
import type { WaitingRoom } from './waiting.ts';

export interface DispatcherPorts extends VisitPorts {
  readonly notices: Notices;
  readonly waiting: WaitingRoom;
  readonly steps: Readonly<Record<StepName, Step>>;
}

export interface Dispatcher {
  show(ctx: Context): Promise<void>;
  submit(ctx: Context, next: Next): Promise<void>;
  cancel(ctx: Context): Promise<void>;
  /** On the way back to oidc-provider, which answers. */
  goBack(ctx: Context, next: Next): Promise<void>;
  /** For a resource beside a step's page: answers undefined when that step is not the next one. */
  visitAt(ctx: Context, name: StepName): Promise<StepVisit | undefined>;
}

interface Opened {
  readonly details: Interaction;
  readonly visit: StepVisit;
}

const CANCEL = { form: {} } as const;
const OVERTAKEN: readonly Because[] = ['already-enrolled', 'device-gone'];

export function dispatcher(ports: DispatcherPorts): Dispatcher {
  const { provider, site, signIn, knownBrowser, notices, waiting, clock, acrValues, steps } = ports;

  /** Loads the interaction of the address, or shows why it can't be gone on with. */
  async function open(ctx: Context): Promise<Opened | undefined> {
    const uid = String(ctx.params.uid);
    signIn.expect(uid, { answering: ctx.method === 'POST', ticket: ticketOf(ctx) });
    const details = await detailsOf(ctx);
    const visit = details?.uid === uid ? await interactionVisit(ports, ctx, details) : undefined;
    if (!details || !visit) {
      await site.problem(ctx, await lostInteraction(ports, ctx, uid));
      return undefined;
    }
    ctx.state.shownAt = visit.path;
    ctx.state.formAction = formActionOf(site.issuer, details.params.redirect_uri);
    return { details, visit };
  }

  /** Undefined where oidc-provider finds no interaction for this browser, or another session than it began in. */
  async function detailsOf(ctx: Context): Promise<Interaction | undefined> {
    try {
      return await provider.interactionDetails(ctx.req, ctx.res);
    } catch (error) {
      if (error instanceof errors.SessionNotFound) return undefined;
      throw error;
    }
  }

  async function render(ctx: Context, visit: StepVisit, current: Step, again?: Again): Promise<void> {
    const { form, ...status } = again ?? { form: {} };
    const notice = again ? undefined : notices.take(ctx);
    const page = {
      view: current.view,
      interactionEndsAt: visit.interaction.expiresAt,
      locals: {
        ...commonLocals(visit, current.name),
        ...(notice && { notice: visit.t(`notice.${notice}`) }),
        ...(await current.locals(visit)),
      },
      form: {
        values: { ...current.prefill?.(visit), ...waiting.typed(ctx, current) },
        ...form,
        action: `${visit.path}/${current.name}`,
      },
      cancel: `${visit.path}/cancel`,
      ...status,
    };
    await site.show(ctx, page, visit);
  }

  async function show(ctx: Context): Promise<void> {
    if (await waiting.keepsWaiting(ctx)) return;
    const opened = await open(ctx);
    if (!opened) return;
    const { details, visit } = opened;
    // Finished, and on the way back to oidc-provider: a second click must not begin anew.
    if (details.result && visit.situation.facts.finishedFor !== undefined)
      return seeOther(ctx, details.returnTo);
    const chosen = chosenLanguage(ctx);
    if (chosen) await signIn.chooseLanguage(visit.interaction, chosen);
    const next = stepOf(opened);
    if (await waiting.keepsOut(ctx, next, visit.language)) return;
    await (next === 'done' ? finish(ctx, opened) : render(ctx, visit, steps[next]));
  }

  /** Hands the outcome to oidc-provider, which goes on with the authorization. */
  async function finish(ctx: Context, { details, visit }: Opened): Promise<void> {
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
    const { written = false } = visit.situation.facts;
    const how = { written, newBrowser: newBrowser(ctx, visit) };
    await signIn.conclude(visit.interaction, outcome, visit.origin, how);
    seeOther(ctx, details.returnTo);
  }

  /** Notes the login on the browser; undefined when it was noted there before. */
  function newBrowser(ctx: Context, { situation, portal, origin }: StepVisit): NewBrowser | undefined {
    const { account } = situation;
    if (!account || knownBrowser.note(ctx, account.username)) return undefined;
    const { t } = site.visit(ctx, account.language);
    return { browser: browserName(origin.userAgent, t), portal: portal?.name ?? site.service.name };
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

  async function submit(ctx: Context, next: Next): Promise<void> {
    const current = Object.hasOwn(steps, ctx.params.step) && steps[ctx.params.step as StepName];
    if (!current) return next();
    ctx.state.step = current.name;
    if (await waiting.turnsAway(ctx, current)) return;
    current.expect?.(postedIn(ctx).values, addressOf(ctx.ip));
    const opened = await open(ctx);
    if (!opened) return;
    const due = mayPostHere(opened, current.name);
    await (due ? accept(ctx, opened, current) : seeOther(ctx, opened.visit.path));
  }

  /** Lets a step add its fact, and goes on to whatever is next. */
  async function accept(ctx: Context, { details, visit }: Opened, current: Step): Promise<void> {
    const form = submitted(ctx, site, visit.t, current);
    if (!form.ok) return render(ctx, visit, current, form.again);
    const result = await current.submit(visit, form.values);
    // Another window was faster: what this page shows no longer holds.
    if (!result.ok && OVERTAKEN.includes(result.because)) return seeOther(ctx, visit.path);
    if (!result.ok) {
      ctx.state.refused = result.because;
      signIn.failed(result.because, visit.origin);
      return render(ctx, visit, current, refused(visit.t, current, form.posted, result, clock.now()));
    }
    if (current.name !== 'consent') return goOn(ctx, { details, visit: standing(visit, result.after) });
    await store(details, { consent: {}, ...(await liveLogin(ctx, details)) });
    seeOther(ctx, details.returnTo);
  }

  /** To the next step's page; when that fact was the last one, straight on. */
  async function goOn(ctx: Context, opened: Opened): Promise<void> {
    await (stepOf(opened) === 'done' ? finish(ctx, opened) : seeOther(ctx, opened.visit.path));
  }

  async function cancel(ctx: Context): Promise<void> {
    const opened = await open(ctx);
    if (!opened) return;
    const { details, visit } = opened;
    const form = submitted(ctx, site, visit.t, CANCEL);
    const next = stepOf(opened);
    if (!form.ok && next !== 'done') return render(ctx, visit, steps[next], form.again);
    if (!form.ok) return seeOther(ctx, visit.path);
    await store(details, await cancelled(ctx, opened));
    await signIn.cancel(visit.interaction, visit.origin);
    seeOther(ctx, details.returnTo);
  }

  /** Whoever came from a page of ours and changes their mind goes back there; a portal is told. */
  async function cancelled(ctx: Context, { details, visit }: Opened): Promise<object> {
    if (visit.situation.demand.goal && !visit.portal)
      return { ...NO_GOAL_AHEAD, ...(await liveLogin(ctx, details)) };
    return { error: 'access_denied', error_description: 'the End-User cancelled' };
  }

  function goBack(ctx: Context, next: Next): Promise<void> {
    const ticket = ticketOf(ctx);
    if (ticket !== undefined) signIn.returning(String(ctx.params.uid), ticket);
    return next();
  }

  function seeOther(ctx: Context, href: string): void {
    giveTicket(ctx, signIn.ticket());
    ctx.status = 303;
    ctx.redirect(href);
  }

  async function visitAt(ctx: Context, name: StepName): Promise<StepVisit | undefined> {
    const opened = await open(ctx);
    if (!opened) return undefined;
    if (stepOf(opened) === name) return opened.visit;
    seeOther(ctx, opened.visit.path);
    return undefined;
  }

  return { show, submit, cancel, goBack, visitAt };
}

function standing(visit: StepVisit, after: Standing | undefined): StepVisit {
  return after ? { ...visit, situation: { ...visit.situation, ...after } } : visit;
}

function stepOf({ details, visit }: Opened): StepName | 'done' {
  return details.prompt.name === 'consent' ? 'consent' : nextStep(visit.situation);
}

function mayPostHere({ details, visit }: Opened, name: StepName): boolean {
  if (name === 'consent') return details.prompt.name === 'consent';
  return details.prompt.name !== 'consent' && mayPost(name, visit.situation);
}
