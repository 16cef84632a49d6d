/** Mails, and notices to portals, that were given up: an admin sends them again or drops them, and the journal tells of it. */
import type { Queue } from '../core/delivery.ts';
import type { Doing } from '../core/doing.ts';
import type { JournalEntry } from '../core/journal.ts';
import type { Clock, DeadLetters, Journal } from './ports.ts';

/** A page waits for so many; whoever has more goes on. */
const MOST_AT_ONCE = 500;

export interface LetterPorts {
  readonly deadLetters: DeadLetters;
  readonly journal: Journal;
  readonly clock: Clock;
}

export type Letters = ReturnType<typeof letters>;

export function letters({ deadLetters: dead, journal, clock }: LetterPorts) {
  async function noted(kind: JournalEntry['kind'], { by, why, origin }: Doing, facts: Partial<JournalEntry>) {
    const address = origin && { address: origin.address };
    await journal.append({ kind, at: clock.now(), by, ...facts, ...(why && { why }), ...address });
  }

  /** Answers false for what is not among them. */
  function handled(
    kind: 'letters-sent-again' | 'letters-dropped',
    act: (reference: string) => Promise<boolean>,
  ) {
    return async (reference: string, doing: Doing): Promise<boolean> => {
      if (!(await act(reference))) return false;
      const clientId = dead.portalOf(reference);
      await noted(kind, doing, {
        letter: reference,
        letters: 1,
        ...(clientId !== undefined && { clientId }),
      });
      return true;
    };
  }

  return {
    list: dead.list,

    sendAgain: handled('letters-sent-again', dead.revive),
    drop: handled('letters-dropped', dead.drop),

    /** All of a queue, {@link MOST_AT_ONCE} at a time; answers how many. */
    async sendAllAgain(queue: Queue, doing: Doing): Promise<number> {
      const wanted = await dead.list({ queue, limit: MOST_AT_ONCE });
      let sent = 0;
      for (const { reference } of wanted) if (await dead.revive(reference)) sent += 1;
      if (sent > 0) await noted('letters-sent-again', doing, { letters: sent });
      return sent;
    },
  };
}
