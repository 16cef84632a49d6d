/** What the outbox gave up, by references that people and programs can hand back: `lane/id`. Opens no body. */
import type { DeadLetter, DeadLetters } from '../../provider/flows/ports.ts';
import type { Job } from './jobs.ts';
import { type Lane, queueOf } from './lanes.ts';
import type { openOutbox } from './outbox.ts';

type Outbox = Pick<ReturnType<typeof openOutbox>, 'dead' | 'revive' | 'drop'>;

export function deadLettersOf(outbox: Outbox): DeadLetters {
  return {
    list: async () => (await outbox.dead()).map(letterOf).toSorted((one, other) => one.putAt - other.putAt),
    revive: (reference) => outbox.revive(jobAt(reference)),
    drop: (reference) => outbox.drop(jobAt(reference)),
  };
}

function letterOf({ lane, id, about, putAt, attempts, because }: Job): DeadLetter {
  const queue = queueOf(lane);
  const clientId = queue === 'logout' ? lane.slice(lane.indexOf('/') + 1) : undefined;
  return {
    reference: `${lane}/${id}`,
    queue,
    about,
    putAt,
    attempts,
    ...(clientId !== undefined && { clientId }),
    ...(because !== undefined && { because }),
  };
}

function jobAt(reference: string): Pick<Job, 'lane' | 'id'> {
  const slash = reference.lastIndexOf('/');
  return { lane: reference.slice(0, slash) as Lane, id: reference.slice(slash + 1) };
}
