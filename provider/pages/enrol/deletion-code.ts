/** The deletion code (törlőkód), to be kept, and BEFEJEZÉS, which makes the enrolment count. */
import { refuse } from '../../core/refusal.ts';
import type { Enrolment } from '../../flows/enrolment.ts';
import { accountOf, type StepVisit, step } from '../sign-in/step.ts';
import { pendingOf } from './pair.ts';

/** The part of the page's address that answers the code as a file. */
export const DELETION_CODE_FILE = 'deletion-code.txt';

export const deletionCodeStep = (enrolment: Enrolment) =>
  step({
    name: 'deletion-code',
    view: 'enrol/deletion-code',
    form: { saved: { maxLength: 10, optional: true } },
    fieldOf: { 'not-saved': 'saved' },
    locals: (visit) => ({
      deletionCode: enrolment.deletionCodeOf(accountOf(visit), pendingOf(visit)),
      fileHref: `${visit.path}/${DELETION_CODE_FILE}`,
    }),
    async submit(visit, { saved }) {
      if (saved === '') return refuse('not-saved');
      return enrolment.complete(visit.interaction, accountOf(visit), pendingOf(visit), visit.origin);
    },
  });

/** The code as a text file for those who save it without JavaScript. */
export function deletionCodeFile(enrolment: Enrolment, visit: StepVisit): string {
  const code = enrolment.deletionCodeOf(accountOf(visit), pendingOf(visit));
  const { t } = visit;
  return `${[t('deletionCode.fileTitle'), '', code, '', t('deletionCode.fileText'), ''].join('\r\n')}`;
}
