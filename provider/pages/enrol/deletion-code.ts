/** The deletion code (törlőkód), to be kept, and BEFEJEZÉS, which makes it and the device count. */
import { refuse } from '../../core/refusal.ts';
import type { Completion } from '../../flows/completion.ts';
import type { Clock } from '../../flows/ports.ts';
import { accountOf, type StepVisit, step } from '../sign-in/step.ts';
import { date } from '../texts.ts';

/** The part of the page's address that answers the code as a file. */
export const DELETION_CODE_FILE = 'deletion-code.txt';

export const deletionCodeStep = (completion: Completion, clock: Clock) =>
  step({
    name: 'deletion-code',
    view: 'enrol/deletion-code',
    form: { saved: { maxLength: 10, optional: true } },
    fieldOf: { 'not-saved': 'saved' },
    locals: async (visit) => ({
      deletionCode: await completion.deletionCodeOf(visit.interaction, accountOf(visit)),
      fileHref: `${visit.path}/${DELETION_CODE_FILE}`,
      // Who finds two of them knows which one counts.
      today: date(visit.language, clock.now()),
    }),
    async submit(visit, { saved }) {
      if (saved === '') return refuse('not-saved');
      return completion.complete(visit.interaction, accountOf(visit), visit.situation.facts, visit.origin);
    },
  });

/** The code as a text file for those who save it without JavaScript. */
export async function deletionCodeFile(
  completion: Completion,
  clock: Clock,
  visit: StepVisit,
): Promise<string> {
  const code = await completion.deletionCodeOf(visit.interaction, accountOf(visit));
  const { t } = visit;
  const madeOn = t('deletionCode.madeOn', { date: date(visit.language, clock.now()) });
  return [t('deletionCode.fileTitle'), '', code, '', madeOn, t('deletionCode.fileText'), ''].join('\r\n');
}
