/** User name and password. */
import { methodOf } from '../../core/sign-in.ts';
import type { SignIn } from '../../flows/sign-in.ts';
import { FORGOTTEN_PATH } from '../password/paths.ts';
import { step } from './step.ts';

export const passwordStep = (signIn: SignIn) =>
  step({
    name: 'password',
    view: 'sign-in/password',
    form: { username: { maxLength: 200 }, password: { maxLength: 1000, secret: true } },
    locals: ({ situation, interaction }) => ({
      plus: methodOf(situation) === 'totp',
      forgottenHref: `${FORGOTTEN_PATH}?login=${interaction.uid}`,
    }),
    prefill: ({ loginHint }): Record<string, string> => (loginHint ? { username: loginHint } : {}),
    submit: ({ interaction, situation, origin }, typed) =>
      signIn.submitPassword(interaction, typed, methodOf(situation) ?? 'password', origin),
  });
