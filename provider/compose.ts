/** Puts adapters, flows, pages and oidc-provider together. The only place where they all meet. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateSecret } from 'otplib';
import { storedAccounts } from '../adapters/accounts.ts';
import { background } from '../adapters/background.ts';
import { storedClients } from '../adapters/clients.ts';
import { storedConsents } from '../adapters/consents.ts';
import { storedHistory } from '../adapters/history.ts';
import { mailer } from '../adapters/mailer.ts';
import { oidcStorage } from '../adapters/oidc/storage.ts';
import type { ClosablePasswordHasher } from '../adapters/password-hasher.ts';
import { storedProgress } from '../adapters/progress.ts';
import { secretBox } from '../adapters/secret-box.ts';
import { signingKeys } from '../adapters/signing-keys.ts';
import type { Store } from '../adapters/store.ts';
import { systemRandom } from '../adapters/system.ts';
import { storedThrottles } from '../adapters/throttles.ts';
import type { Env } from '../config/env.ts';
import {
  CODE_LIMITS,
  LIFETIME,
  PASSWORD_MAX_LENGTH,
  PASSWORD_PER_ACCOUNT,
  PASSWORD_PER_ADDRESS,
} from '../config/policy.ts';
import { assemble } from './app.ts';
import type { Language } from './core/account.ts';
import { registerAccount } from './flows/accounts.ts';
import { registerClient } from './flows/clients.ts';
import { enrolment } from './flows/enrolment.ts';
import { passwordCheck } from './flows/password-check.ts';
import type { Clock, Log } from './flows/ports.ts';
import { signIn } from './flows/sign-in.ts';
import { clientRules } from './oidc/client-rules.ts';
import { recordLogouts } from './oidc/events.ts';
import { createProvider } from './oidc/provider.ts';
import { accountGuard } from './pages/account/guard.ts';
import { formGuard } from './pages/csrf.ts';
import { deletionCodeStep } from './pages/enrol/deletion-code.ts';
import { enrolStep } from './pages/enrol/enrol.ts';
import { enrolledStep } from './pages/enrol/enrolled.ts';
import { pairStep } from './pages/enrol/pair.ts';
import { letters } from './pages/letters.ts';
import { site } from './pages/page.ts';
import { codeStep } from './pages/sign-in/code.ts';
import { consentStep } from './pages/sign-in/consent.ts';
import { dispatcher } from './pages/sign-in/dispatcher.ts';
import { methodStep } from './pages/sign-in/method.ts';
import { passwordStep } from './pages/sign-in/password.ts';
import { protocolPages } from './pages/site/protocol.ts';
import { publicFiles } from './pages/site/static.ts';
import { texts } from './pages/texts.ts';
import { routes } from './routes.ts';

/** What differs between a running server, the command line and a test. */
export interface Outside {
  readonly store: Store;
  readonly hasher: ClosablePasswordHasher;
  readonly clock: Clock;
  readonly log: Log;
}

export type Kapu = Awaited<ReturnType<typeof compose>>;

export async function compose(env: Env, { store, hasher, clock, log }: Outside) {
  const service = { name: env.serviceName, plusName: env.plusName };
  const about = { issuer: env.issuer, service, contact: env.contact };
  const views = viewsFolder();
  const words = await texts(views, service, true);

  const random = systemRandom;
  const box = secretBox(env.secretKeys, (context) =>
    log.error({ context: context.split(':')[0] }, 'a sealed value could not be opened'),
  );
  const work = background(log);
  const accounts = storedAccounts(store, clock);
  const history = storedHistory(store);
  const consents = storedConsents(store);
  const clients = storedClients(store);
  const progress = storedProgress(store);
  const throttles = storedThrottles(store, clock);
  const storage = oidcStorage(store, clients, clock);
  const post = mailer({
    from: env.mailFrom,
    ...(env.smtpUrl !== undefined && { smtpUrl: env.smtpUrl }),
    folder: path.join(env.dataDir, 'mail'),
    compose: letters(words, about),
    background: work,
    onSent: (kind, file) => log.info({ kind, ...(file !== undefined && { file }) }, 'mail sent'),
  });

  const deviceName = (language: Language) => words.translator(language)('device.first');
  const checkPassword = passwordCheck(
    { accounts, throttles, hasher, history, mailer: post, background: work, clock },
    { perAccount: PASSWORD_PER_ACCOUNT, perAddress: PASSWORD_PER_ADDRESS },
  );
  const signingIn = signIn(
    { accounts, progress, secretBox: box, history, clock, checkPassword },
    { code: CODE_LIMITS },
  );
  const enrolling = enrolment(
    {
      accounts,
      progress,
      secretBox: box,
      hasher,
      mailer: post,
      clock,
      random,
      checkPassword,
      newTotpSecret: () => generateSecret(),
    },
    { issuer: env.plusName, device: deviceName },
  );

  const publicSite = site({ ...about, texts: words, guard: formGuard(env.issuer) });
  const provider = createProvider(
    { accounts, consents, random, clock, ...storage },
    {
      issuer: env.issuer,
      acrValues: env.acrValues,
      jwks: await signingKeys(store, box, random),
      cookieKeys: env.cookieKeys,
      pairwiseSalt: env.pairwiseSalt,
      lifetime: LIFETIME,
      session: env.session,
    },
    protocolPages(publicSite),
  );
  recordLogouts(provider, history, clock, log);

  const steps = {
    method: methodStep(signingIn),
    password: passwordStep(signingIn),
    code: codeStep(signingIn, clock),
    consent: consentStep({ consents, clock }),
    enrol: enrolStep(enrolling),
    pair: pairStep(enrolling),
    'deletion-code': deletionCodeStep(enrolling),
    enrolled: enrolledStep(enrolling),
  };
  const app = assemble(
    {
      provider,
      site: publicSite,
      log,
      newRequestId: random.id,
      publicFiles: publicFiles(path.join(views, 'public'), env.production ? 3600 : 0),
      routes: routes({
        site: publicSite,
        dispatcher: dispatcher({
          provider,
          site: publicSite,
          signIn: signingIn,
          accounts,
          clock,
          acrValues: env.acrValues,
          steps,
        }),
        enrolment: enrolling,
        guard: accountGuard({ provider, accounts, clock }, env),
        ready: () => store.ping(),
      }),
    },
    env,
  );

  return {
    app,
    accounts,
    clients,
    history,
    storage,
    registerAccount: registerAccount(
      { accounts, hasher, secretBox: box, random, clock },
      {
        password: { minLength: env.passwordMinLength, maxLength: PASSWORD_MAX_LENGTH },
        serviceNames: [env.serviceName, env.plusName],
        deviceName,
      },
    ),
    registerClient: registerClient(
      { clients, rules: clientRules(provider), random },
      env.acrValues.substantial,
    ),
    /** Waits for what is under way; the store and the hasher are their opener's to close. */
    drain: () => work.drain(),
  };
}

/** Beside `provider/`, also when this file runs from `dist/`, which holds no views. */
function viewsFolder(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const root = path.resolve(here, '..');
  return path.join(path.basename(root) === 'dist' ? path.resolve(root, '..') : root, 'views');
}
