/** The chooser (Azonosítások): user name and password, or with a code as well. */

import { asMethod } from '../../core/facts.ts';
import { refuse } from '../../core/refusal.ts';
import { offeredMethods } from '../../core/sign-in.ts';
import type { SignIn } from '../../flows/sign-in.ts';
import { step } from './step.ts';

export const methodStep = (signIn: SignIn) =>
  step({
    name: 'method',
    view: 'sign-in/method',
    form: { method: { maxLength: 20, optional: true } },
    locals: ({ situation }) => ({ methods: offeredMethods(situation.demand.level) }),
    async submit({ interaction, rememberMethod }, { method: typed }) {
      const method = asMethod(typed);
      if (!method) return refuse('choose-method');
      const chosen = await signIn.chooseMethod(interaction, method);
      if (chosen.ok) rememberMethod(method);
      return chosen;
    },
  });
