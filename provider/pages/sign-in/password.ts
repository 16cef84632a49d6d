/** User name and password. */
import { normalizeUsername } from '../../core/account.ts';
import { methodOf } from '../../core/sign-in.ts';
import type { SignIn } from '../../flows/sign-in.ts';
import { FORGOTTEN_PATH } from '../password/paths.ts';
import { step } from './step.ts';

export const passwordStep = (signIn: SignIn) =>
  step({
    name: 'password',
    view: 'sign-in/password',
    hashes: true,
    form: {
      username: { maxLength: 200 },
      password: { maxLength: 1000, secret: true },
      code: { maxLength: 40, secret: true, optional: true },
    },
    locals: ({ situation, interaction }) => ({
      plus: methodOf(situation) === 'totp',
      forgottenHref: `${FORGOTTEN_PATH}?login=${interaction.uid}`,
    }),
    prefill: ({ loginHint }): Record<string, string> => (loginHint ? { username: loginHint } : {}),
    expect({ typed: { username }, address }) {
      if (username !== undefined) signIn.expectPassword(username, address);
    },
    submit({ interaction, situation, origin, acquaintance }, typed) {
      const known = acquaintance(normalizeUsername(typed.username));
      const trusted = known ? { trusted: known.name, trustedSince: known.since } : {};
      const method = methodOf(situation) ?? 'password';
      return signIn.submitPassword(interaction, { ...typed, ...trusted }, method, origin);
    },
  });
