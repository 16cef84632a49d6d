/** The success page: what counts from now on. */
import type { Completion } from '../../flows/completion.ts';
import { step } from '../sign-in/step.ts';

export const enrolledStep = (completion: Completion) =>
  step({
    name: 'enrolled',
    view: 'enrol/enrolled',
    form: {},
    locals: () => ({}),
    async submit({ interaction }) {
      await completion.acknowledge(interaction);
      return { ok: true };
    },
  });
