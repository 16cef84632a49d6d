/**
 * The one dispatcher of interactions. `GET /interaction/:uid` derives the next step from facts and shows it, or
 * hands the outcome back to oidc-provider; `POST /interaction/:uid/<step>` adds a fact and answers 303 to the same.
 */
import type { Context, Next } from 'koa';
import type Provider from 'oidc-provider';
import { errors } from 'oidc-provider';
import type { AcrValues } from '../../core/assurance.ts';
import type { Refusal } from '../../core/refusal.ts';
import { mayChangeMethod, mayPost, nextStep, type Situation } from '../../core/sign-in.ts';
import type { Clock } from '../../flows/ports.ts';
import type { SignIn } from '../../flows/sign-in.ts';
import { checkFields, type Posted, postedForm, shownAgain } from '../form.ts';
import { formActionOf } from '../headers.ts';
import { chosenLanguage } from '../language.ts';
import type { FormView, Problem, Site, Way } from '../page.ts';
import { duration } from '../texts.ts';
import { type Interaction, interactionVisit, type VisitPorts } from './interaction.ts';
import type { Step, StepName, StepVisit } from './step.ts';

export interface DispatcherPorts extends VisitPorts {
  readonly provider: Provider;
  readonly site: Site;
  readonly signIn: SignIn;
  readonly clock: Clock;
  readonly acrValues: AcrValues;
  readonly steps: Readonly<Record<StepName, Step>>;
}

export interface Dispatcher {
  show(ctx: Context): Promise<void>;
  submit(ctx: Context, next: Next): Promise<void>;
  cancel(ctx: Context): Promise<void>;
  /** For a resource beside a step's page: answers undefined when that step is not the next one. */
  visitAt(ctx: Context, name: StepName): Promise<StepVisit | undefined>;
}

export function dispatcher(ports: DispatcherPorts): Dispatcher {
  const { provider, site, signIn, clock, acrValues, steps } = ports;
  const secure = site.issuer.startsWith('https:');

  /** Loads the interaction of the address, or shows why it can't be gone on with. */
  async function open(ctx: Context): Promise<{ details: Interaction; visit: StepVisit } | undefined> {
    const uid = String(ctx.params.uid);
    try {
      const details = await provider.interactionDetails(ctx.req, ctx.res);
      if (details.uid !== uid) throw new errors.SessionNotFound('interaction belongs to another browser');
      ctx.state.shownAt = `/interaction/${uid}`;
      const visit = await interactionVisit(ports, ctx, details);
      ctx.state.formAction = formActionOf(site.issuer, details.params.redirect_uri);
      return { details, visit };
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error;
      await site.problem(ctx, await lostInteraction(ctx, uid, error));
      return undefined;
    }
  }

  async function lostInteraction(ctx: Context, uid: string, error: Error): Promise<Problem> {
    const { t } = site.visit(ctx);
    const finished = await signIn.finishedFor(uid);
    const ways: Way[] = [
      { href: '/account', label: t('way.login') },
      { href: '/help', label: t('way.help') },
    ];
    if (finished)
      return { name: 'finished', status: 410, ways: [...(await wayToPortal(ctx, finished)), ...ways] };
    const { error_description: reason = '' } = error as { error_description?: string };
    if (reason === 'session not found' || reason === 'session principal changed') {
      return { name: 'session-changed', status: 410, ways };
    }
    return /cookie|another browser/.test(reason)
      ? { name: 'foreign', status: 403, ways }
      : { name: 'expired', status: 410, ways };
  }

  async function wayToPortal(ctx: Context, clientId: string): Promise<Way[]> {
    const client = await provider.Client.find(clientId);
    const href = client?.clientUri ?? (client?.redirectUris?.[0] && new URL(client.redirectUris[0]).origin);
    if (!client || !href || client.first_party === true) return [];
    return [
      { href, label: site.visit(ctx).t('way.portal', { portal: client.clientName ?? client.clientId }) },
    ];
  }

  function stepOf(details: Interaction, situation: Situation): StepName | 'done' {
    return details.prompt.name === 'consent' ? 'consent' : nextStep(situation);
  }

  async function render(ctx: Context, visit: StepVisit, current: Step, form: Partial<FormView>, extra = {}) {
    await site.show(
      ctx,
      {
        view: current.view,
        locals: { ...commonLocals(visit, current.name), ...(await current.locals(visit)) },
        form: { values: current.prefill?.(visit) ?? {}, ...form, action: `${visit.path}/${current.name}` },
        cancel: `${visit.path}/cancel`,
        ...extra,
      },
      visit,
    );
  }

  async function show(ctx: Context): Promise<void> {
    const opened = await open(ctx);
    if (!opened) return;
    const { details, visit } = opened;
    const chosen = chosenLanguage(ctx, secure);
    if (chosen) await signIn.chooseLanguage(visit.interaction, chosen);
    const next = stepOf(details, visit.situation);
    if (next === 'done') return finish(ctx, details, visit);
    await render(ctx, visit, steps[next], {});
  }

  /** Hands the outcome to oidc-provider, which goes on with the authorization. */
  async function finish(ctx: Context, details: Interaction, visit: StepVisit): Promise<void> {
    const origin = { ...visit.origin, clientId: visit.clientId };
    const outcome = await signIn.finish(visit.interaction, visit.situation, origin);
    if (!outcome) throw new Error('an interaction is done without an outcome');
    const { accountId, level, amr, authenticatedAt } = outcome;
    const login = {
      accountId,
      acr: acrValues[level],
      amr,
      ts: Math.floor(authenticatedAt / 1000),
      remember: false,
    };
    await resume(ctx, details, { login });
  }

  async function resume(ctx: Context, details: Interaction, result: object): Promise<void> {
    details.result = 'error' in result ? result : { ...details.lastSubmission, ...result };
    await details.persist();
    ctx.status = 303;
    ctx.redirect(details.returnTo);
  }

  async function submit(ctx: Context, next: Next): Promise<void> {
    const current = Object.hasOwn(steps, ctx.params.step) && steps[ctx.params.step as StepName];
    if (!current) return next();
    const opened = await open(ctx);
    if (!opened) return;
    const { details, visit } = opened;
    if (!mayPostHere(details, current.name, visit.situation)) return seeOther(ctx, visit.path);

    const posted = postedForm(ctx.request.body, ctx.request.type, ctx.state.formFault);
    const faulty = faultOf(ctx, visit, current, posted);
    if (faulty) return render(ctx, visit, current, faulty.form, { status: faulty.status });
    const { values } = checkFields(current.form, posted.values);
    const result = await current.submit(visit, values);
    if (!result.ok) return refuseForm(ctx, visit, current, posted, result);
    if (current.name === 'consent') return resume(ctx, details, { consent: {} });
    return seeOther(ctx, visit.path);
  }

  function mayPostHere(details: Interaction, name: StepName, situation: Situation): boolean {
    if (name === 'consent') return details.prompt.name === 'consent';
    return details.prompt.name === 'login' && mayPost(name, situation);
  }

  /** What is wrong with a form before its meaning is looked at; nothing typed is lost but secrets. */
  function faultOf(ctx: Context, { t }: StepVisit, current: Step, posted: Posted) {
    const values = shownAgain(current.form, posted.values);
    if (posted.fault) {
      const status = posted.fault === 'too-large' ? 413 : 400;
      return {
        status,
        form: { values, problem: t(`refusal.${posted.fault === 'too-large' ? 'too-long' : 'malformed'}`) },
      };
    }
    if (!site.guard.accepts(ctx, posted.values._csrf)) {
      return { status: 403, form: { values, problem: t('refusal.csrf') } };
    }
    const { errors: found } = checkFields(current.form, posted.values);
    const named = Object.entries(found).map(([name, because]) => {
      const field = t(`field.${name}`);
      return [name, t(`refusal.${because}`, { field })];
    });
    return named.length > 0
      ? { status: 422, form: { values, errors: Object.fromEntries(named) } }
      : undefined;
  }

  async function refuseForm(ctx: Context, visit: StepVisit, current: Step, posted: Posted, refusal: Refusal) {
    const retryAfterMs =
      refusal.until === undefined ? undefined : Math.max(1000, refusal.until - clock.now());
    const wait = retryAfterMs === undefined ? '' : duration(visit.t, retryAfterMs);
    const text = visit.t(`refusal.${refusal.because}`, { wait });
    const field = current.fieldOf?.[refusal.because];
    const values = shownAgain(current.form, posted.values);
    const form = field ? { values, errors: { [field]: text } } : { values, problem: text };
    const status = refusal.because === 'throttled' || refusal.because === 'factor-locked' ? 429 : 422;
    await render(ctx, visit, current, form, { status, ...(retryAfterMs !== undefined && { retryAfterMs }) });
  }

  async function cancel(ctx: Context): Promise<void> {
    const opened = await open(ctx);
    if (!opened) return;
    const { details, visit } = opened;
    const posted = postedForm(ctx.request.body, ctx.request.type, ctx.state.formFault);
    if (posted.fault || !site.guard.accepts(ctx, posted.values._csrf)) {
      const next = stepOf(details, visit.situation);
      if (next === 'done') return seeOther(ctx, visit.path);
      return render(ctx, visit, steps[next], { problem: visit.t('refusal.csrf') }, { status: 403 });
    }
    await signIn.close(visit.interaction, visit.clientId);
    await resume(ctx, details, { error: 'access_denied', error_description: 'the End-User cancelled' });
  }

  async function visitAt(ctx: Context, name: StepName): Promise<StepVisit | undefined> {
    const opened = await open(ctx);
    if (!opened) return undefined;
    if (stepOf(opened.details, opened.visit.situation) === name) return opened.visit;
    seeOther(ctx, opened.visit.path);
    return undefined;
  }

  return { show, submit, cancel, visitAt };
}

/** What every step's view may show: where the person is going, and another way of getting there. */
function commonLocals({ portal, situation, path }: StepVisit, name: StepName): object {
  const another = name !== 'consent' && mayChangeMethod(situation);
  return { portal, ...(another && { otherMethodHref: `${path}?choose=method` }) };
}

function seeOther(ctx: Context, href: string): void {
  ctx.status = 303;
  ctx.redirect(href);
}
