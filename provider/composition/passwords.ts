/** Everything by which a password is chosen. */
import type { Env } from '../../config/env.ts';
import {
  ACTIVATION_RENEWABLE_MS,
  LINK_LIFETIME_MS,
  LINK_PER_ACCOUNT,
  LINK_PER_ADDRESS,
  PASSWORD_MAX_LENGTH,
  PASSWORD_MIN_LENGTH,
} from '../../config/policy.ts';
import { passwordChange } from '../flows/password-change.ts';
import type { PasswordCheck } from '../flows/password-check.ts';
import { passwordChoice } from '../flows/password-choice.ts';
import { passwordLength } from '../flows/password-length.ts';
import { passwordLinks } from '../flows/password-links.ts';
import type { SessionEnding } from '../flows/session-ending.ts';
import { LINK_PATHS } from '../pages/password/paths.ts';
import type { Ports } from './ports.ts';

interface PasswordPorts extends Ports {
  readonly checkPassword: PasswordCheck;
  readonly sessionEnding: SessionEnding;
}

export function passwordFlowsOf(env: Env, ports: PasswordPorts) {
  const choice = passwordChoice(ports, {
    password: { maxLength: PASSWORD_MAX_LENGTH, commonWords: ports.commonWords },
    minLength: passwordLength(ports, env.acrValues, {
      ...PASSWORD_MIN_LENGTH,
      decided: env.passwordMinLength,
    }),
    serviceNames: [env.serviceName, env.plusName],
  });
  return {
    passwordChoice: choice,
    changePassword: passwordChange({ ...ports, passwordChoice: choice }),
    passwordLinks: passwordLinks(
      { ...ports, passwordChoice: choice },
      {
        lifetimeMs: LINK_LIFETIME_MS,
        renewableMs: ACTIVATION_RENEWABLE_MS,
        perAccount: LINK_PER_ACCOUNT,
        perAddress: LINK_PER_ADDRESS,
        hrefOf: (purpose, token) => `${env.issuer}${LINK_PATHS[purpose]}/${token}`,
      },
    ),
  };
}
