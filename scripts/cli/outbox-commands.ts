/** `outbox list`, `outbox retry`, `outbox drop`: mails and notices to portals that were given up. */
import { storedJournal } from '../../adapters/journal.ts';
import { NO_METRICS } from '../../adapters/measured.ts';
import { deadLettersOf } from '../../adapters/outbox/dead-letters.ts';
import { openOutbox } from '../../adapters/outbox/outbox.ts';
import { secretBox } from '../../adapters/secret-box.ts';
import { systemClock, systemRandom } from '../../adapters/system.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { type Letters, letters } from '../../provider/flows/dead-letters.ts';
import type { DeadLetter } from '../../provider/flows/ports.ts';
import { type Answer, Problem, table } from './answer.ts';
import { withHistories } from './opened.ts';

const DOING = { by: COMMAND_LINE };

export async function listOutbox(): Promise<Answer> {
  const dead = await withLetters((them) => them.list());
  const rows = dead.map((letter) => [
    letter.reference,
    letter.about,
    new Date(letter.putAt).toISOString(),
    `${letter.attempts}`,
    letter.because ?? '',
  ]);
  return {
    document: dead.map(shown),
    text:
      dead.length === 0 ? 'Nothing was given up.' : table([['ID', 'WHAT', 'SINCE', 'TRIES', 'WHY'], ...rows]),
  };
}

export function retryOutbox(reference: string): Promise<Answer> {
  return change(reference, 'queued', (them) => them.sendAgain(reference, DOING));
}

export function dropOutbox(reference: string): Promise<Answer> {
  return change(reference, 'dropped', (them) => them.drop(reference, DOING));
}

async function change(
  reference: string,
  done: 'queued' | 'dropped',
  carryOut: (them: Letters) => Promise<boolean>,
): Promise<Answer> {
  if (!(await withLetters(carryOut)))
    throw new Problem('unknown-letter', 'nothing with this id was given up, see outbox list');
  return { document: { id: reference, [done]: true }, text: `${reference}: ${done}.` };
}

const shown = ({ reference, place: _, ...facts }: DeadLetter) => ({ ...facts, id: reference });

/** Opens no body: what is in a letter is nobody's business here. */
function withLetters<T>(use: (them: Letters) => Promise<T>): Promise<T> {
  return withHistories(({ env, store }) => {
    const outbox = openOutbox({
      store,
      secretBox: secretBox(env.secretKeys, () => {}),
      random: systemRandom,
      clock: systemClock,
      log: { info() {}, warn() {}, error() {} },
      metrics: NO_METRICS,
    });
    const journal = storedJournal(store);
    return use(letters({ deadLetters: deadLettersOf(outbox), journal, clock: systemClock }));
  });
}
