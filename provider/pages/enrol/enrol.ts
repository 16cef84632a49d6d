/** Before enrolment begins: what is needed and what will happen. */
import type { Enrolment } from '../../flows/enrolment.ts';
import { accountOf, step } from '../sign-in/step.ts';

export const enrolStep = (enrolment: Enrolment) =>
  step({
    name: 'enrol',
    view: 'enrol/enrol',
    form: {},
    locals: () => ({}),
    async submit(visit) {
      await enrolment.begin(visit.interaction, accountOf(visit));
      return { ok: true };
    },
  });
