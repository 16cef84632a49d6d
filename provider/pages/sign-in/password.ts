/** User name and password. */
import { methodOf } from '../../core/sign-in.ts';
import type { SignIn } from '../../flows/sign-in.ts';
import { step } from './step.ts';

export const passwordStep = (signIn: SignIn) =>
  step({
    name: 'password',
    view: 'sign-in/password',
    form: { username: { maxLength: 200 }, password: { maxLength: 1000, secret: true } },
    locals: ({ situation }) => ({
      plus: methodOf(situation) === 'totp',
    }),
    prefill: ({ loginHint }): Record<string, string> => (loginHint ? { username: loginHint } : {}),
    submit: ({ interaction, situation, origin }, typed) =>
      signIn.submitPassword(interaction, typed, methodOf(situation) ?? 'password', origin),
  });
