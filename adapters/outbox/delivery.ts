/** One try to deliver one job, and what becomes of the job after it. */
import {
  type Delivered,
  type DeliveryOutcome,
  type RetryRule,
  retryAt,
} from '../../provider/core/delivery.ts';
import type { Clock, Log } from '../../provider/flows/ports.ts';
import type { Job, Jobs, Taken } from './jobs.ts';

export interface Receiver {
  /** May throw: that is a failure like another, of which only the error's code or name is kept. */
  deliver(body: unknown, job: Job): Promise<Delivered>;
  readonly retry: RetryRule;
  /** A try that takes longer has failed; a job is leased for twice as long. */
  readonly deadlineMs: number;
  readonly handsPerLane: number;
  readonly hands: number;
}

export async function deliver(receiver: Receiver, { job, body }: Taken): Promise<Delivered> {
  if (body === undefined) return { refused: 'its key is gone' };
  try {
    return await withDeadline(receiver.deliver(body, job), receiver.deadlineMs);
  } catch (error) {
    const { code, name } = error as { code?: unknown; name?: string };
    return { failed: String(code ?? name) };
  }
}

export async function settle(
  { jobs, clock, log, jitter }: { jobs: Jobs; clock: Clock; log: Log; jitter: () => number },
  { retry }: Receiver,
  job: Job,
  delivered: Delivered,
): Promise<DeliveryOutcome> {
  if (delivered === 'done') {
    await jobs.finish(job);
    return 'delivered';
  }
  const at = 'refused' in delivered ? 'give-up' : retryAt(job, retry, clock.now(), jitter());
  const because = 'refused' in delivered ? delivered.refused : delivered.failed;
  const { lane, id, about, attempts } = job;
  const facts = { lane, id, about, attempts, because };
  if (at === 'give-up') {
    await jobs.bury(job, because);
    log.error(facts, 'given up: kept for kapu outbox list');
    return 'given-up';
  }
  await jobs.postpone(job, at, because);
  log.warn(facts, 'not delivered, will try again');
  return 'postponed';
}

function withDeadline<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(Object.assign(new Error('the deadline passed'), { code: 'ETIMEDOUT' })),
      milliseconds,
    );
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
