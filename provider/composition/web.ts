/** oidc-provider and the pages around it. */
import path from 'node:path';
import type { Middleware } from 'koa';
import type { JWKS, Provider } from 'oidc-provider';
import { secretBox } from '../../adapters/secret-box.ts';
import type { Env } from '../../config/env.ts';
import {
  FRESH_SECONDS,
  JWKS_CACHE_SECONDS,
  LIFETIME,
  LONGEST_REQUEST,
  LONGEST_TARGET,
  WAITING_KEPT_MS,
} from '../../config/policy.ts';
import { assemble } from '../app.ts';
import { backchannel } from '../oidc/backchannel.ts';
import { recordEvents } from '../oidc/events.ts';
import { createProvider, type ProviderPorts } from '../oidc/provider.ts';
import { registrationSecrets } from '../oidc/registration-secrets.ts';
import { type TrialPortal, trialPortal } from '../oidc/trial-portal.ts';
import type { StandingPorts } from '../pages/admin/standing.ts';
import { formGuard } from '../pages/csrf.ts';
import { knownBrowser } from '../pages/known-browser.ts';
import { notices } from '../pages/notice.ts';
import { wayBack } from '../pages/open/way-back.ts';
import { type Site, site } from '../pages/page.ts';
import { type Dispatcher, dispatcher } from '../pages/sign-in/dispatcher.ts';
import { door } from '../pages/sign-in/door.ts';
import { pushing } from '../pages/sign-in/pushing.ts';
import { giveTicket } from '../pages/sign-in/ticket.ts';
import { waitingRoom } from '../pages/sign-in/waiting.ts';
import { guard } from '../pages/signed-in/guard.ts';
import { developersPage } from '../pages/site/developers.ts';
import { protocolPages } from '../pages/site/protocol.ts';
import { publicFiles } from '../pages/site/static.ts';
import type { Texts } from '../pages/texts.ts';
import { routes } from '../routes.ts';
import { adminApiOf } from './admin-api.ts';
import { type ClientFlows, clientFlowsOf, clientPolicyOf } from './clients.ts';
import type { Flows } from './flows.ts';
import { adminPagesOf, openPagesOf, signedInPagesOf, stepsOf } from './pages.ts';
import { aboutOf, type Ports } from './ports.ts';

/** How long a browser may keep style and script without asking. */
const PUBLIC_CACHE_SECONDS = 3600;

export interface WebOptions {
  readonly words: Texts;
  readonly viewsFolder: string;
  readonly signingKeys: StandingPorts['signingKeys'];
  readonly version: string;
}

/** Answers what builds a web under a set of keys: see `current-web.ts`. */
export function webOf(env: Env, ports: Ports, flows: Flows, { words, viewsFolder, ...standing }: WebOptions) {
  const cacheSeconds = env.production ? PUBLIC_CACHE_SECONDS : 0;
  const files = publicFiles(path.join(viewsFolder, 'public'), cacheSeconds);
  const trials = env.production ? undefined : trialPortal(env.issuer, ports.random);
  const parts = { words, files, standing, onClientChange: toTheNewest(ports), ...(trials && { trials }) };
  return (jwks: JWKS) => builtWeb(env, ports, flows, { ...parts, jwks });
}

/** Notices of clients for the provider that was built last: the store would keep hold of every one before it. */
function toTheNewest({ background, clients }: Ports): ProviderPorts['onClientChange'] {
  let newest = (_clientId: string): void => {};
  background.run('client notices', () => clients.onChange((clientId) => newest(clientId)));
  return (listener) => {
    newest = listener;
  };
}

interface Parts {
  readonly words: Texts;
  readonly files: Middleware;
  readonly onClientChange: ProviderPorts['onClientChange'];
  readonly jwks: JWKS;
  readonly standing: Pick<WebOptions, 'signingKeys' | 'version'>;
  /** Where clients can be tried: not in production. */
  readonly trials?: TrialPortal;
}

function builtWeb(env: Env, ports: Ports, flows: Flows, parts: Parts) {
  const pages = site({ ...aboutOf(env), texts: parts.words, guard: formGuard(env) });
  const provider = providerOf(env, ports, flows, parts, pages);
  const at = aroundPages(env, ports, provider, pages);
  const waiting = waitingRoom({
    ...at,
    cookieBox: secretBox(env.secretKeys, () => undefined),
    keptMs: WAITING_KEPT_MS,
  });
  const steps = stepsOf(ports, flows);
  const all = { ...flows, ...clientFlowsOf(env, ports, () => provider) };
  const table = tableOf(env, all, parts, at, dispatcher({ ...at, signIn: flows.signIn, steps, waiting }));
  const app = assemble(
    {
      ...at,
      door: door({ ...at, sessionCookie: provider.cookieName('session') }),
      newRequestId: ports.random.id,
      publicFiles: parts.files,
      adminApi: adminApiOf(env, ports, all, provider),
      pushing: pushing(at, LONGEST_TARGET),
      registrationSecrets: registrationSecrets(),
      routes: table,
    },
    { ...env, jwksCacheSeconds: JWKS_CACHE_SECONDS },
  );
  return { app, provider, table, tellPortal: backchannel(provider, ports) };
}

function providerOf(
  env: Env,
  ports: Ports,
  flows: Flows,
  { jwks, onClientChange }: Parts,
  pages: Site,
): Provider {
  const provider = createProvider(
    { ...ports, ...ports.storage, endSession: flows.sessionEnding.endOne, onClientChange },
    {
      ...env,
      jwks,
      lifetime: LIFETIME,
      freshSeconds: FRESH_SECONDS,
      longestRequest: LONGEST_REQUEST,
      clientPolicy: clientPolicyOf(env),
    },
    protocolPages(pages),
  );
  recordEvents(provider, {
    ...ports,
    sessions: ports.storage.sessions,
    originOf: (ctx) => pages.visit(ctx).origin,
    interactionBegan(ctx, uid) {
      ports.progress.began(uid);
      giveTicket(ctx, ports.progress.ticket());
    },
  });
  return provider;
}

/** What nearly every page asks for. */
function aroundPages(env: Env, ports: Ports, provider: Provider, pages: Site) {
  const { secure, cookieKeys: keys, acrValues, session: sessionLimits } = env;
  return {
    ...ports,
    provider,
    site: pages,
    secure,
    notices: notices(secure),
    knownBrowser: knownBrowser({ keys, secure, newName: ports.random.id, clock: ports.clock }),
    wayBack: wayBack(provider, secure),
    acrValues,
    sessionLimits,
    freshSeconds: FRESH_SECONDS,
  };
}

function tableOf(
  env: Env,
  flows: Flows & ClientFlows,
  { standing, trials }: Parts,
  at: ReturnType<typeof aroundPages>,
  interactions: Dispatcher,
) {
  return routes({
    ...at,
    developers: developersPage({
      ...env,
      lifetime: LIFETIME,
      jwksCacheSeconds: JWKS_CACHE_SECONDS,
      trying: trials !== undefined,
    }),
    ...(trials && { trying: { ...at, trials } }),
    dispatcher: interactions,
    completion: flows.completion,
    guard: guard(at, { ...env, freshSeconds: FRESH_SECONDS }),
    openPages: openPagesOf(flows),
    signedInPages: [...signedInPagesOf(env, at, flows), ...adminPagesOf(env, { ...at, ...standing }, flows)],
  });
}
