/** Ügyfélkapu Plusz is on. */
import type { Enrolment } from '../../flows/enrolment.ts';
import { step } from '../sign-in/step.ts';

export const enrolledStep = (enrolment: Enrolment) =>
  step({
    name: 'enrolled',
    view: 'enrol/enrolled',
    form: {},
    locals: () => ({}),
    async submit({ interaction }) {
      await enrolment.acknowledge(interaction);
      return { ok: true };
    },
  });
