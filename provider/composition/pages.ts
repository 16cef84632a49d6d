/** Every page and step, each with what it needs of the flows and of the outside. */
import { certificateEndsAt } from '../../adapters/certificate.ts';
import type { Env } from '../../config/env.ts';
import { FRESH_SECONDS } from '../../config/policy.ts';
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
import { deletionCodeStep } from '../pages/enrol/deletion-code.ts';
import { deviceStep } from '../pages/enrol/device.ts';
import { enrolStep } from '../pages/enrol/enrol.ts';
import { enrolledStep } from '../pages/enrol/enrolled.ts';
import { pairStep } from '../pages/enrol/pair.ts';
import type { OpenPage } from '../pages/open/open-page.ts';
import { activationPages } from '../pages/password/activation.ts';
import { forgottenPages } from '../pages/password/forgotten.ts';
import { portalNames } from '../pages/portal-names.ts';
import { codeStep } from '../pages/sign-in/code.ts';
import { consentStep } from '../pages/sign-in/consent.ts';
import { lostDeviceStep } from '../pages/sign-in/lost-device.ts';
import { methodStep } from '../pages/sign-in/method.ts';
import { passwordStep } from '../pages/sign-in/password.ts';
import type { SignedInPage } from '../pages/signed-in/signed-in-page.ts';
import { objectPage } from '../pages/site/object.ts';
import { reopenPage } from '../pages/site/reopen.ts';
import type { ClientFlows } from './clients.ts';
import { deskPagesOf } from './desk-pages.ts';
import type { Flows } from './flows.ts';
import type { Ports } from './ports.ts';

export function openPagesOf({
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

export function signedInPagesOf(env: Env, ports: Ports, flows: Flows): SignedInPage[] {
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

type AdminPorts = Ports & Pick<StandingPorts, 'signingKeys' | 'version'>;

export function adminPagesOf(env: Env, ports: AdminPorts, flows: Flows & ClientFlows): SignedInPage[] {
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
    lettersPage({ ...flows, queues: ports.outbox, portalNames: names }),
    adminHistoryPage({ ...ports, portalNames: names }),
  ];
}

export function stepsOf(ports: Ports, { signIn, lostDevice, pairing, completion }: Flows) {
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
