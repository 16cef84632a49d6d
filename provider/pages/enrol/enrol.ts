/** Before enrolment begins: what is needed and what will happen. */
import type { Pairing } from '../../flows/pairing.ts';
import { accountOf, step } from '../sign-in/step.ts';

export const enrolStep = (pairing: Pairing) =>
  step({
    name: 'enrol',
    view: 'enrol/enrol',
    form: {},
    locals: () => ({}),
    async submit(visit) {
      await pairing.begin(visit.interaction, accountOf(visit));
      return { ok: true };
    },
  });
