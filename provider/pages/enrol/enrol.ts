/** Before enrolment begins: what is needed and what will happen. */
import { mayChangeMethod } from '../../core/sign-in.ts';
import type { Enrolment } from '../../flows/enrolment.ts';
import { accountOf, otherMethodHref, step } from '../sign-in/step.ts';

export const enrolStep = (enrolment: Enrolment) =>
  step({
    name: 'enrol',
    view: 'enrol/enrol',
    form: {},
    locals: ({ situation, path }) => ({
      ...(mayChangeMethod(situation) && { otherMethodHref: otherMethodHref(path) }),
    }),
    async submit(visit) {
      await enrolment.begin(visit.interaction, accountOf(visit));
      return { ok: true };
    },
  });
