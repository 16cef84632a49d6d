/** The goals of a person, with the limits of `config/policy.ts` and the ports that they need. */
import { createHmac } from 'node:crypto';
import { generateSecret } from 'otplib';
import type { Env } from '../../config/env.ts';
import {
  CODE_LIMITS,
  DELETION_CODE_LIMIT,
  EMAIL_CHANGE,
  PASSWORD_PER_ACCOUNT,
  PASSWORD_PER_ADDRESS,
} from '../../config/policy.ts';
import type { Language } from '../core/account.ts';
import { DAY_MS } from '../core/duration.ts';
import { registration } from '../flows/accounts.ts';
import { bothFactors } from '../flows/both-factors.ts';
import { closing } from '../flows/closing.ts';
import { codeCheck } from '../flows/code-check.ts';
import { completion } from '../flows/completion.ts';
import { letters } from '../flows/dead-letters.ts';
import { staffRoles } from '../flows/desk/roles.ts';
import { devices } from '../flows/devices.ts';
import { emailChanging } from '../flows/email-change.ts';
import { factorChange } from '../flows/factor-change.ts';
import { idempotency } from '../flows/idempotency.ts';
import { initialAccess } from '../flows/initial-access.ts';
import { lostDevice } from '../flows/lost-device.ts';
import { ownData } from '../flows/own-data.ts';
import { ownSessions } from '../flows/own-sessions.ts';
import { pairing } from '../flows/pairing.ts';
import { passwordCheck } from '../flows/password-check.ts';
import { sessionEnding } from '../flows/session-ending.ts';
import { signIn } from '../flows/sign-in.ts';
import { SCOPES } from '../oidc/claims.ts';
import { reopenHref } from '../pages/site/reopen.ts';
import { date, type Texts } from '../pages/texts.ts';
import { deskFlowsOf } from './desk.ts';
import { passwordFlowsOf } from './passwords.ts';
import type { Ports } from './ports.ts';

/** 144 bits, as other ids have. */
const ID_LENGTH = 24;

export type Flows = ReturnType<typeof flowsOf>;

export function flowsOf(env: Env, ports: Ports, words: Texts) {
  const deviceName = (language: Language, at: number) =>
    words.translator(language)('device.unnamed', { date: date(language, at) });
  const importedId = (written: string) =>
    createHmac('sha256', env.pairwiseSalt)
      .update(`import\n${written}`)
      .digest('base64url')
      .slice(0, ID_LENGTH);
  const checkPassword = passwordCheck(ports, {
    perAccount: PASSWORD_PER_ACCOUNT,
    perAddress: PASSWORD_PER_ADDRESS,
  });
  const checkCode = codeCheck(ports, CODE_LIMITS);
  const { sessions } = ports.storage;
  const ending = sessionEnding({ ...ports, ...ports.storage });
  const changeFactors = factorChange({ ...ports, sessionEnding: ending });
  const checked = { ...ports, checkPassword, checkCode, sessionEnding: ending };
  const passwords = passwordFlowsOf(env, checked);
  const roles = staffRoles(ports);
  const close = closing(checked, {
    graceMs: env.accountClosingDays * DAY_MS,
    reopenHref: reopenHref(env.issuer),
  });
  const registering = registration({ ...ports, ...passwords, staffRoles: roles }, { deviceName, importedId });
  return {
    sessionEnding: ending,
    ownSessions: ownSessions({ ...ports, sessions, sessionEnding: ending }),
    ownData: ownData({ ...ports, sessions }),
    emailChanging: emailChanging(ports, EMAIL_CHANGE),
    closing: close,
    ...passwords,
    signIn: signIn({ ...checked, checkBoth: bothFactors(checked, PASSWORD_PER_ADDRESS) }),
    pairing: pairing(
      { ...ports, checkPassword, newTotpSecret: () => generateSecret() },
      { issuer: env.plusName, deviceName },
    ),
    idempotency: idempotency(ports),
    initialAccess: initialAccess(ports, { scopes: SCOPES }),
    letters: letters(ports),
    completion: completion({ ...ports, changeFactors }),
    devices: devices({ ...ports, changeFactors }),
    lostDevice: lostDevice({ ...ports, checkPassword, changeFactors }, DELETION_CODE_LIMIT),
    ...registering,
    ...deskFlowsOf(env, {
      ...checked,
      ...passwords,
      changeFactors,
      closing: close,
      registerAccount: registering.registerAccount,
    }),
    staffRoles: roles,
  };
}
