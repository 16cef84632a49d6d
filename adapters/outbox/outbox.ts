/** Puts jobs into their lanes, lets this instance work on them, and shows those that were given up. */
import type { Queue } from '../../provider/core/delivery.ts';
import type { Clock, Log, Metrics, Random, SealedPlace, SecretBox } from '../../provider/flows/ports.ts';
import type { Store } from '../store.ts';
import { type DeadJob, type DeadPage, type Job, type NewJob, storedJobs } from './jobs.ts';
import { queueOf, storedLanes } from './lanes.ts';
import { type Receivers, type Workers, workers } from './workers.ts';

export interface OutboxPorts {
  readonly store: Store;
  readonly secretBox: SecretBox;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

const QUEUES: readonly Queue[] = ['mail', 'logout'];

export function openOutbox({ store, secretBox, random, clock, log, metrics }: OutboxPorts) {
  const jobs = storedJobs(store, secretBox, random, clock);
  const lanes = storedLanes(store, clock);
  let atWork: Workers | undefined;

  async function count(queue: Queue, place: 'due' | 'dead'): Promise<number> {
    const own = (await lanes.all()).filter((lane) => queueOf(lane) === queue);
    const counts = await Promise.all(own.map((lane) => jobs.count(lane, place)));
    return counts.reduce((sum, one) => sum + one, 0);
  }

  for (const queue of QUEUES) {
    metrics.stands('kapu_outbox_length', { queue }, () => count(queue, 'due'));
    metrics.stands('kapu_outbox_dead_letters', { queue }, () => count(queue, 'dead'));
  }

  return {
    /** Resolves when the job is kept: it will be delivered at least once, or be found among the dead. */
    async put(job: NewJob): Promise<void> {
      await lanes.note(job.lane);
      await jobs.put(job);
      atWork?.wake(job.lane);
    },

    /** From now on this instance delivers, whoever put the jobs. */
    work(receivers: Receivers): Workers {
      const jitter = () => (random.bytes(1)[0] ?? 0) / 256;
      atWork = workers({ jobs, lanes, clock, log, metrics, jitter }, receivers);
      return atWork;
    },

    /** Bodies of jobs lie sealed for as long as jobs are kept. */
    sealed: {
      name: 'outbox',
      async *visit(visitor) {
        for (const lane of await lanes.all()) {
          await jobs.visitSealed(lane, visitor);
          yield;
        }
      },
    } as SealedPlace,

    /** How many letters wait, and how many were given up. */
    lengths: () =>
      Promise.all(
        QUEUES.map(async (queue) => ({
          queue,
          due: await count(queue, 'due'),
          dead: await count(queue, 'dead'),
        })),
      ),

    /** Jobs that were given up, of one queue or of all, the first given up first. Reads no more than it answers. */
    async dead({ queue, ...page }: DeadPage & { readonly queue?: Queue } = {}): Promise<DeadJob[]> {
      const own = (await lanes.all()).filter((lane) => queue === undefined || queueOf(lane) === queue);
      const places = await Promise.all(own.map((lane) => jobs.placesOfDead(lane, page)));
      return jobs.at(places.flat().toSorted().slice(0, page.limit));
    },

    /** Sends a dead job again, with as much time as it had; false when it is not among the dead. */
    async revive({ lane, id }: Pick<Job, 'lane' | 'id'>): Promise<boolean> {
      // Whatever somebody makes up is no lane to look after from now on.
      if (!(await lanes.all()).includes(lane)) return false;
      await lanes.note(lane);
      const revived = await jobs.revive(lane, id);
      if (revived) atWork?.wake(lane);
      return revived;
    },

    /** Forgets a dead job; false when it is not among the dead. */
    drop: ({ lane, id }: Pick<Job, 'lane' | 'id'>): Promise<boolean> => jobs.drop(lane, id),
  };
}
