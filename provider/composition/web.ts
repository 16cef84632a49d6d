/** oidc-provider and the pages around it. */
import path from 'node:path';
import type { Middleware } from 'koa';
import type { JWKS, Provider } from 'oidc-provider';
import { certificateEndsAt } from '../../adapters/certificate.ts';
import { secretBox } from '../../adapters/secret-box.ts';
import type { Env } from '../../config/env.ts';
import { FRESH_SECONDS, JWKS_CACHE_SECONDS, LIFETIME, WAITING_KEPT_MS } from '../../config/policy.ts';
import { assemble } from '../app.ts';
import { backchannel } from '../oidc/backchannel.ts';
import { recordEvents } from '../oidc/events.ts';
import { createProvider, type ProviderPorts } from '../oidc/provider.ts';
import { registrationSecrets } from '../oidc/registration-secrets.ts';
import { type TrialPortal, trialPortal } from '../oidc/trial-portal.ts';
import { closePage } from '../pages/account/close.ts';
import { emailPage } from '../pages/account/email.ts';
import { historyPage } from '../pages/account/history.ts';
import { menuPage } from '../pages/account/menu.ts';
import { passwordPage } from '../pages/account/password.ts';
import { plusPage } from '../pages/account/plus.ts';
import { portalsPage } from '../pages/account/portals.ts';
import { registrationPage } from '../pages/account/registration.ts';
import { sessionsPage } from '../pages/account/sessions.ts';
import { clientPages } from '../pages/admin/clients/pages.ts';
import { adminHistoryPage } from '../pages/admin/history.ts';
import { homePage } from '../pages/admin/home.ts';
import { lettersPage } from '../pages/admin/letters.ts';
import type { StandingPorts } from '../pages/admin/standing.ts';
import { tokensPage } from '../pages/admin/tokens.ts';
import { formGuard } from '../pages/csrf.ts';
import { deletionCodeStep } from '../pages/enrol/deletion-code.ts';
import { deviceStep } from '../pages/enrol/device.ts';
import { enrolStep } from '../pages/enrol/enrol.ts';
import { enrolledStep } from '../pages/enrol/enrolled.ts';
import { pairStep } from '../pages/enrol/pair.ts';
import { knownBrowser } from '../pages/known-browser.ts';
import { notices } from '../pages/notice.ts';
import type { OpenPage } from '../pages/open/open-page.ts';
import { wayBack } from '../pages/open/way-back.ts';
import { type Site, site } from '../pages/page.ts';
import { activationPages } from '../pages/password/activation.ts';
import { forgottenPages } from '../pages/password/forgotten.ts';
import { portalNames } from '../pages/portal-names.ts';
import { codeStep } from '../pages/sign-in/code.ts';
import { consentStep } from '../pages/sign-in/consent.ts';
import { type Dispatcher, dispatcher } from '../pages/sign-in/dispatcher.ts';
import { door } from '../pages/sign-in/door.ts';
import { lostDeviceStep } from '../pages/sign-in/lost-device.ts';
import { methodStep } from '../pages/sign-in/method.ts';
import { passwordStep } from '../pages/sign-in/password.ts';
import { giveTicket } from '../pages/sign-in/ticket.ts';
import { waitingRoom } from '../pages/sign-in/waiting.ts';
import { guard } from '../pages/signed-in/guard.ts';
import type { SignedInPage } from '../pages/signed-in/signed-in-page.ts';
import { developersPage } from '../pages/site/developers.ts';
import { objectPage } from '../pages/site/object.ts';
import { protocolPages } from '../pages/site/protocol.ts';
import { reopenPage } from '../pages/site/reopen.ts';
import { publicFiles } from '../pages/site/static.ts';
import type { Texts } from '../pages/texts.ts';
import { routes } from '../routes.ts';
import { adminApiOf } from './admin-api.ts';
import { type ClientFlows, clientFlowsOf, clientPolicyOf } from './clients.ts';
import { deskPagesOf } from './desk-pages.ts';
import type { Flows } from './flows.ts';
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
    { ...env, jwks, lifetime: LIFETIME, freshSeconds: FRESH_SECONDS, clientPolicy: clientPolicyOf(env) },
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

function openPagesOf({
  passwordLinks,
  passwordChoice: { minLength },
  closing,
  deskResets,
}: Flows): OpenPage[] {
  return [
    ...forgottenPages(passwordLinks, minLength),
    ...activationPages(passwordLinks, minLength),
    reopenPage(closing),
    objectPage(deskResets),
  ];
}

function signedInPagesOf(env: Env, ports: Ports, flows: Flows): SignedInPage[] {
  const { sessions } = ports.storage;
  const at = { ...ports, ...flows, sessions, portalNames: portalNames(ports.clients) };
  const plus = plusPage(flows.devices, { ...env, freshSeconds: FRESH_SECONDS });
  return [
    menuPage(flows.deskResets, ports.clients),
    registrationPage(at),
    passwordPage(flows.changePassword, flows.passwordChoice.minLength),
    emailPage(at),
    closePage(at, { days: env.accountClosingDays }),
    plus,
    historyPage(at),
    sessionsPage(at),
    portalsPage(at),
    ...deskPagesOf(env, at),
  ];
}

type AdminPorts = Ports & Pick<WebOptions, 'signingKeys' | 'version'>;

function adminPagesOf(env: Env, ports: AdminPorts, flows: Flows & ClientFlows): SignedInPage[] {
  const names = portalNames(ports.clients);
  return [
    homePage({
      ...ports,
      queues: ports.outbox,
      engine: env.redis ? 'redis' : 'embedded',
      certificateEndsAt: async () => env.tls && certificateEndsAt(env.tls.cert),
    }),
    ...clientPages({ ...ports, ...flows }, env),
    tokensPage(flows.initialAccess),
    lettersPage({ ...flows, portalNames: names }),
    adminHistoryPage({ ...ports, portalNames: names }),
  ];
}

function stepsOf(ports: Ports, { signIn, lostDevice, pairing, completion }: Flows) {
  return {
    method: methodStep(signIn),
    password: passwordStep(signIn),
    code: codeStep(signIn, ports.clock),
    consent: consentStep(ports),
    'lost-device': lostDeviceStep(lostDevice),
    device: deviceStep(pairing),
    enrol: enrolStep(pairing),
    pair: pairStep(pairing),
    'deletion-code': deletionCodeStep(completion, ports.clock),
    enrolled: enrolledStep(completion),
  };
}
