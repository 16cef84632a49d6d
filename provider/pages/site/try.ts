/** `/developers/try`: any registered client, tried without writing code. Development only: in production it is not there. */
import type Router from '@koa/router';
import type { RouterMiddleware } from '@koa/router';
import type { Context } from 'koa';
import { type ClientMetadata, clientName } from '../../core/client.ts';
import { TRIAL_CALLBACK_PATH, TRIAL_PATH } from '../../core/trial.ts';
import type { Clients } from '../../flows/ports.ts';
import { claimsIn, type Trial, type TrialPortal } from '../../oidc/trial-portal.ts';
import { rawForm } from '../form.ts';
import { submitted } from '../form-page.ts';
import { chosenLanguage } from '../language.ts';
import type { Site, View, Visit } from '../page.ts';

export interface TryPorts {
  readonly site: Site;
  readonly clients: Clients;
  readonly trials: TrialPortal;
}

const COOKIE = 'kapu.try';
const COOKIE_OPTIONS = { httpOnly: true, sameSite: 'lax', signed: true, overwrite: true } as const;
const RESULT_PATH = `${TRIAL_PATH}/result`;
/** A developer's machine has few. */
const OFFERED = 200;
const CHOOSE = { form: { client: { maxLength: 200 } } } as const;

export function tryRoutes(router: Router, ports: TryPorts, formLimit: number): void {
  const form = rawForm(formLimit);
  router.get(TRIAL_PATH, choose(ports));
  router.post(TRIAL_PATH, form, begin(ports));
  router.get(TRIAL_CALLBACK_PATH, arrive(ports));
  router.get(RESULT_PATH, show(ports));
  router.post(RESULT_PATH, form, refresh(ports));
}

const trialIdIn = (ctx: Context) => ctx.cookies.get(COOKIE, COOKIE_OPTIONS) ?? '';

function choose({ site, clients }: TryPorts): RouterMiddleware {
  return async (ctx) => {
    chosenLanguage(ctx);
    const records = await clients.list({ limit: OFFERED });
    const visit = site.visit(ctx);
    await site.show(
      ctx,
      chooser(
        records.map(({ metadata }) => metadata),
        visit,
      ),
      visit,
    );
  };
}

function begin({ site, clients, trials }: TryPorts): RouterMiddleware {
  return async (ctx) => {
    const sent = submitted(ctx, site, site.visit(ctx).t, CHOOSE);
    const client = sent.ok ? await clients.find(sent.values.client) : undefined;
    if (!client) return site.problem(ctx, { name: 'bad-request', status: 400 });
    seeOther(ctx, trials.begin(client.client_id, client.scope ?? 'openid'));
  };
}

function arrive({ site, trials }: TryPorts): RouterMiddleware {
  return async (ctx) => {
    const arrived = await trials.comeBack(ctx.URL.searchParams);
    if (!arrived.ok) return site.show(ctx, failed(arrived.error));
    ctx.cookies.set(COOKIE, arrived.value, COOKIE_OPTIONS);
    seeOther(ctx, RESULT_PATH);
  };
}

function show({ site, trials }: TryPorts): RouterMiddleware {
  return async (ctx) => {
    chosenLanguage(ctx);
    const trial = trials.find(trialIdIn(ctx));
    if (!trial) return seeOther(ctx, TRIAL_PATH);
    await site.show(ctx, await result(trial, trials));
  };
}

function refresh({ site, trials }: TryPorts): RouterMiddleware {
  return async (ctx) => {
    const sent = submitted(ctx, site, site.visit(ctx).t, { form: {} });
    if (!sent.ok) return site.problem(ctx, { name: 'forbidden', status: 403 });
    const refreshed = await trials.refresh(trialIdIn(ctx));
    if (!refreshed.ok) return site.show(ctx, failed(refreshed.error));
    seeOther(ctx, RESULT_PATH);
  };
}

function seeOther(ctx: Context, href: string): void {
  ctx.status = 303;
  ctx.redirect(href);
}

function chooser(clients: readonly ClientMetadata[], { language }: Visit): View {
  const choices = clients
    .filter(({ redirect_uris = [] }) => redirect_uris.length > 0)
    .map((client) => ({ id: client.client_id, name: clientName(client, language) }));
  return { view: 'site/try', form: { action: TRIAL_PATH }, locals: { choices } };
}

const failed = (error: string): View => ({ view: 'site/try-failed', status: 400, locals: { error } });

async function result(trial: Trial, trials: TrialPortal): Promise<View> {
  const { clientId, tokens } = trial;
  const userInfo = await trials.userInfo(trial);
  return {
    view: 'site/try-result',
    form: { action: RESULT_PATH },
    locals: {
      clientId,
      idToken: inPairs(claimsIn(tokens.id_token)),
      userInfo: userInfo.ok ? inPairs(userInfo.value) : inPairs({ error: userInfo.error }),
      refreshable: tokens.refresh_token !== undefined,
      logoutHref: trials.logoutHref(trial),
    },
  };
}

const inPairs = (claims: object) =>
  Object.entries(claims).map(([term, value]) => ({
    term,
    codes: [typeof value === 'string' ? value : JSON.stringify(value)],
  }));
