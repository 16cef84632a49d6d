/** Puts jobs into their lanes, lets this instance work on them, and shows those that were given up. */
import type { Clock, Log, Random, SecretBox } from '../../provider/flows/ports.ts';
import type { Store } from '../store.ts';
import type { Outcome } from './delivery.ts';
import { type Job, type NewJob, storedJobs } from './jobs.ts';
import { storedLanes } from './lanes.ts';
import { type Receivers, type Workers, workers } from './workers.ts';

export interface OutboxPorts {
  readonly store: Store;
  readonly secretBox: SecretBox;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log;
  /** Hears what became of every try: counters hang here. */
  readonly onOutcome?: (kind: string, outcome: Outcome) => void;
}

export function openOutbox({ store, secretBox, random, clock, log, onOutcome = () => {} }: OutboxPorts) {
  const jobs = storedJobs(store, secretBox, random, clock);
  const lanes = storedLanes(store, clock);
  const jitter = () => (random.bytes(1)[0] ?? 0) / 256;
  let atWork: Workers | undefined;

  return {
    /** Resolves when the job is kept: it will be delivered at least once, or be found among the dead. */
    async put(job: NewJob): Promise<void> {
      await lanes.note(job.lane);
      await jobs.put(job);
      atWork?.wake(job.lane);
    },

    /** From now on this instance delivers, whoever put the jobs. */
    work(receivers: Receivers): Workers {
      atWork = workers({ jobs, lanes, clock, log, jitter, onOutcome }, receivers);
      return atWork;
    },

    /** All jobs that were given up. */
    async dead(): Promise<Job[]> {
      const found = await Promise.all((await lanes.all()).map((lane) => jobs.dead(lane)));
      return found.flat();
    },

    /** Sends a dead job again, with `lifeMs` to get there; false when it is not among the dead. */
    async revive({ lane, id }: Pick<Job, 'lane' | 'id'>, lifeMs: number): Promise<boolean> {
      await lanes.note(lane);
      const revived = await jobs.revive(lane, id, lifeMs);
      if (revived) atWork?.wake(lane);
      return revived;
    },

    /** Forgets a dead job; false when it is not among the dead. */
    drop: ({ lane, id }: Pick<Job, 'lane' | 'id'>): Promise<boolean> => jobs.drop(lane, id),
  };
}
