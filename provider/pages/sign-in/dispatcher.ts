/**
 * The one dispatcher of interactions. `GET /interaction/:uid` derives the next step from facts and shows it, or
 * hands the outcome back to oidc-provider; `POST /interaction/:uid/<step>` adds a fact and answers 303 to the same.
 */
import type { Context, Next } from 'koa';
import type { Because } from '../../core/refusal.ts';
import { mayPost, nextStep } from '../../core/sign-in.ts';
import type { Standing } from '../../flows/proofs.ts';
import { postedIn, refused, submitted } from '../form-page.ts';
import { chosenLanguage } from '../language.ts';
import { addressOf } from '../network-address.ts';
import { handingBack } from './handing-back.ts';
import type { VisitPorts } from './interaction.ts';
import { type Opened, opening } from './opening.ts';
import type { Sent, Step, StepName, StepVisit } from './step.ts';
import { type StepPagePorts, stepPage } from './step-page.ts';
import { giveTicket, ticketOf } from './ticket.ts';

export interface DispatcherPorts extends VisitPorts, StepPagePorts {
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

const CANCEL = { form: {} } as const;
const OVERTAKEN: readonly Because[] = ['already-enrolled', 'device-gone'];

export function dispatcher(ports: DispatcherPorts): Dispatcher {
  const { site, signIn, knownBrowser, waiting, clock, steps } = ports;
  const open = opening(ports);
  const showStep = stepPage(ports);
  const back = handingBack(ports);

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
    await (next === 'done' ? finish(ctx, opened) : showStep(ctx, visit, steps[next]));
  }

  async function finish(ctx: Context, opened: Opened): Promise<void> {
    await back.withLogin(ctx, opened);
    seeOther(ctx, opened.details.returnTo);
  }

  async function submit(ctx: Context, next: Next): Promise<void> {
    const current = Object.hasOwn(steps, ctx.params.step) && steps[ctx.params.step as StepName];
    if (!current) return next();
    ctx.state.step = current.name;
    if (await waiting.turnsAway(ctx, current)) return;
    current.expect?.(sentTo(ctx));
    const opened = await open(ctx);
    if (!opened) return;
    const due = mayPostHere(opened, current.name);
    await (due ? accept(ctx, opened, current) : seeOther(ctx, opened.visit.path));
  }

  function sentTo(ctx: Context): Sent {
    const { values: typed } = postedIn(ctx);
    const isNewBrowser = knownBrowser.isNew(ctx);
    return { uid: String(ctx.params.uid), typed, address: addressOf(ctx.ip), isNewBrowser };
  }

  /** Lets a step add its fact, and goes on to whatever is next. */
  async function accept(ctx: Context, { details, visit }: Opened, current: Step): Promise<void> {
    const form = submitted(ctx, site, visit.t, current);
    if (!form.ok) return showStep(ctx, visit, current, form.again);
    const result = await current.submit(visit, form.values);
    // Another window was faster: what this page shows no longer holds.
    if (!result.ok && OVERTAKEN.includes(result.because)) return seeOther(ctx, visit.path);
    if (!result.ok) {
      ctx.state.refused = result.because;
      signIn.failed(result.because, visit.origin);
      return showStep(ctx, visit, current, refused(visit.t, current, form.posted, result, clock.now()));
    }
    if (current.name !== 'consent') return goOn(ctx, { details, visit: standing(visit, result.after) });
    await back.withConsent(ctx, { details, visit });
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
    if (!form.ok && next !== 'done') return showStep(ctx, visit, steps[next], form.again);
    if (!form.ok) return seeOther(ctx, visit.path);
    await back.withNothing(ctx, opened);
    seeOther(ctx, details.returnTo);
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
