/** `/admin/letters`: mails, and notices to portals, that were given up. Nobody sees here for whom a mail was. */
import { QUEUES } from '../../core/delivery.ts';
import type { Letters } from '../../flows/dead-letters.ts';
import type { DeadLetter, Queues } from '../../flows/ports.ts';
import type { Visit } from '../page.ts';
import type { PortalNames } from '../portal-names.ts';
import type { SignedInPage } from '../signed-in/signed-in-page.ts';
import { dateTime } from '../texts.ts';
import { adminAction, adminPage, doingOf } from './admin-page.ts';

export const LETTERS_PATH = '/admin/letters';
/** Who has more begins with these. */
const SHOWN = 50;
const LETTER = { letter: { maxLength: 1000 }, why: { maxLength: 500, optional: true } } as const;

export interface LettersPagePorts {
  readonly letters: Letters;
  readonly queues: Queues;
  readonly portalNames: PortalNames;
}

function onOne(act: Letters['drop'], notice: 'letters-sent-again' | 'letters-dropped') {
  return adminAction({
    form: LETTER,
    async submit(who, { letter, why }, visit) {
      await act(letter, doingOf(who, visit, why));
      return { ok: true, notice };
    },
  });
}

export function lettersPage({ letters, queues, portalNames }: LettersPagePorts): SignedInPage {
  async function inWords(dead: readonly DeadLetter[], visit: Visit) {
    const names = await portalNames(
      dead.flatMap(({ clientId }) => clientId ?? []),
      visit,
    );
    return dead.map(({ reference, about, clientId = '', putAt, attempts, because }) => ({
      reference,
      what: clientId === '' ? visit.t(`mail.${about}.subject`) : (names.get(clientId) ?? clientId),
      since: dateTime(visit.language, putAt),
      attempts,
      because,
    }));
  }

  return adminPage({
    path: LETTERS_PATH,
    for: ['admin'],
    async show(_who, visit) {
      const full = (await queues.lengths()).filter(({ dead }) => dead > 0);
      const told = full.map(async ({ queue, dead: count }) => {
        return { queue, count, letters: await inWords(await letters.list({ queue, limit: SHOWN }), visit) };
      });
      return { view: 'admin/letters', locals: { queues: await Promise.all(told), shown: SHOWN } };
    },
    actions: {
      'send-again': onOne(letters.sendAgain, 'letters-sent-again'),
      drop: onOne(letters.drop, 'letters-dropped'),
      'send-all-again': adminAction({
        form: { queue: { maxLength: 10 } },
        async submit(who, { queue }, visit) {
          const known = QUEUES.find((one) => one === queue);
          if (known) await letters.sendAllAgain(known, doingOf(who, visit));
          return { ok: true, notice: 'letters-sent-again' };
        },
      }),
    },
  });
}
