/** What the outbox gave up, by references that people and programs can hand back: `lane/id`. Opens no body. */
import type { DeadLetter, DeadLetters } from '../../provider/flows/ports.ts';
import type { DeadJob, Job } from './jobs.ts';
import { type Lane, queueOf } from './lanes.ts';
import type { openOutbox } from './outbox.ts';

type Outbox = Pick<ReturnType<typeof openOutbox>, 'dead' | 'revive' | 'drop'>;

export function deadLettersOf(outbox: Outbox): DeadLetters {
  return {
    list: async (page) => (await outbox.dead(page)).map(letterOf),
    portalOf: (reference) => clientOf(jobAt(reference).lane),
    revive: (reference) => outbox.revive(jobAt(reference)),
    drop: (reference) => outbox.drop(jobAt(reference)),
  };
}

function letterOf({ lane, id, place, about, putAt, attempts, because }: DeadJob): DeadLetter {
  const clientId = clientOf(lane);
  return {
    reference: `${lane}/${id}`,
    place,
    queue: queueOf(lane),
    about,
    putAt,
    attempts,
    ...(clientId !== undefined && { clientId }),
    ...(because !== undefined && { because }),
  };
}

const clientOf = (lane: Lane) => (queueOf(lane) === 'logout' ? lane.slice(lane.indexOf('/') + 1) : undefined);

function jobAt(reference: string): Pick<Job, 'lane' | 'id'> {
  const slash = reference.lastIndexOf('/');
  return { lane: reference.slice(0, slash) as Lane, id: reference.slice(slash + 1) };
}
