/** Puts together, from oidc-provider's stored interaction, what a step may know. */
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import type { Account, Language } from '../../core/account.ts';
import type { AcrValues } from '../../core/assurance.ts';
import { asMethod, type Method, NO_FACTS } from '../../core/facts.ts';
import { logoOf } from '../../core/logo.ts';
import type { Demand, Situation, Wish } from '../../core/sign-in.ts';
import type { InteractionRef } from '../../flows/interaction.ts';
import type { Accounts, Clock } from '../../flows/ports.ts';
import type { SignIn } from '../../flows/sign-in.ts';
import { consentRequest } from '../../oidc/consent-request.ts';
import { demandOf } from '../../oidc/demand.ts';
import { renewSession, type SessionLimits } from '../../oidc/session-life.ts';
import { browserName } from '../browser-name.ts';
import type { KnownBrowser } from '../known-browser.ts';
import { asLanguage, preferredLanguage } from '../language.ts';
import type { Site } from '../page.ts';
import { prefer, preferred } from '../preferences.ts';
import type { Portal, StepVisit } from './step.ts';

export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

export interface VisitPorts {
  readonly provider: Provider;
  readonly site: Site;
  readonly signIn: SignIn;
  readonly knownBrowser: KnownBrowser;
  readonly accounts: Accounts;
  readonly acrValues: AcrValues;
  readonly sessionLimits: SessionLimits;
  /** How old a login may be where a goal is reached. */
  readonly freshSeconds: number;
  readonly clock: Clock;
}

/** Undefined when it can't go on: the portal is gone, or the person of a consent or a goal was locked meanwhile. */
export async function interactionVisit(
  ports: VisitPorts,
  ctx: Context,
  details: Interaction,
): Promise<StepVisit | undefined> {
  const { provider, site } = ports;
  const { params, uid, exp, prompt } = details;
  const clientId = String(params.client_id);
  const [situation, client] = await Promise.all([
    situationOf(ports, ctx, details),
    provider.Client.find(clientId),
  ]);
  if (!client || (prompt.name !== 'login' && !situation.account)) return undefined;
  const visit = site.visit(ctx, languageFor(ctx, situation, params.ui_locales));
  const consenting = prompt.name === 'consent';
  const portal =
    portalOf(client, visit.language, site.issuer) ?? (consenting ? { name: site.service.name } : undefined);
  const consent = consenting ? await consentRequest(provider, params, visit.language) : undefined;
  const loginHint = await usernameHint(ports, params.login_hint, situation.demand);
  return {
    ...visit,
    origin: { ...visit.origin, clientId },
    interaction: { uid, demand: situation.demand, expiresAt: exp * 1000 },
    situation,
    clientId,
    path: `/interaction/${uid}`,
    ...(portal && { portal }),
    ...(consent && { consent }),
    ...(loginHint !== undefined && { loginHint }),
    acquaintance: (username) => ports.knownBrowser.acquaintance(ctx, username),
    newBrowser({ username, language }) {
      if (ports.knownBrowser.acquaintance(ctx, username)) return undefined;
      const { t } = site.visit(ctx, language);
      const { name } = portalOf(client, language, site.issuer) ?? site.service;
      return { browser: browserName(visit.origin.userAgent, t), portal: name };
    },
    rememberMethod: (method) => prefer(ctx, 'kapu.method', method),
  };
}

async function situationOf(ports: VisitPorts, ctx: Context, details: Interaction): Promise<Situation> {
  const { signIn, accounts, provider, acrValues, clock, freshSeconds, sessionLimits } = ports;
  const { prompt, uid, exp } = details;
  const session = await provider.Session.get(ctx as never);
  await renewSession(session, Math.floor(clock.now() / 1000), sessionLimits);
  if (prompt.name === 'consent') {
    const account = session.accountId === undefined ? undefined : await accounts.find(session.accountId);
    return { demand: NO_DEMAND, facts: NO_FACTS, ...usable(account) };
  }
  const demand = demandOf(prompt, session, acrValues, clock.now() - freshSeconds * 1000);
  const remembered = rememberedMethod(ctx);
  const ref: InteractionRef = { uid, demand, expiresAt: exp * 1000 };
  const wish = wishOf(ctx.query.choose);
  const answering = ctx.method === 'POST';
  return signIn.situationOf(ref, { answering, ...(remembered && { remembered }), ...(wish && { wish }) });
}

/** Whose name stands in the field at first: the portal's guess, or who is to prove again that it is them. */
async function usernameHint(
  { accounts }: VisitPorts,
  asked: unknown,
  { reauthenticate, session }: Demand,
): Promise<string | undefined> {
  if (typeof asked === 'string') return asked.slice(0, 200);
  return reauthenticate && session ? (await accounts.find(session.accountId))?.username : undefined;
}

/** Consent comes after the login: nothing is left to prove. */
const NO_DEMAND: Demand = { level: 'low', reauthenticate: false };

function usable(account: Account | undefined): { account?: Account } {
  return account?.status === 'active' ? { account } : {};
}

/** Chosen in this interaction, else asked for by the portal, else the browser's. */
function languageFor(ctx: Context, { facts }: Situation, uiLocales: unknown): Language | undefined {
  const asked = typeof uiLocales === 'string' ? preferredLanguage(uiLocales) : undefined;
  return asLanguage(ctx.query.lang) ?? facts.language ?? asked;
}

type Client = NonNullable<Awaited<ReturnType<Provider['Client']['find']>>>;

function portalOf(client: Client, language: Language, issuer: string): Portal | undefined {
  if (client.first_party === true) return undefined;
  const translated = client[`client_name#${language}`];
  const { clientName, clientId, clientUri, policyUri, tosUri } = client;
  const logo = logoOf(client.logoUri, issuer);
  return {
    name: typeof translated === 'string' ? translated : (clientName ?? clientId),
    ...(logo && { logo }),
    ...(clientUri && { uri: clientUri }),
    ...(policyUri && { policyUri }),
    ...(tosUri && { tosUri }),
  };
}

function wishOf(chosen: unknown): Wish | undefined {
  if (chosen === 'method') return 'other-method';
  return chosen === 'lost-device' ? 'lost-device' : undefined;
}

function rememberedMethod(ctx: Context): Method | undefined {
  return asMethod(preferred(ctx, 'kapu.method'));
}
