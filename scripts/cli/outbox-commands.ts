/** `outbox list`, `outbox retry`, `outbox drop`: mails and notices to portals that were given up. */
import { NO_METRICS } from '../../adapters/measured.ts';
import type { Job } from '../../adapters/outbox/jobs.ts';
import type { Lane } from '../../adapters/outbox/lanes.ts';
import { openOutbox } from '../../adapters/outbox/outbox.ts';
import { secretBox } from '../../adapters/secret-box.ts';
import { systemClock, systemRandom } from '../../adapters/system.ts';
import { type Answer, Problem, table } from './answer.ts';
import { withStore } from './opened.ts';

type Outbox = ReturnType<typeof openOutbox>;

export async function listOutbox(): Promise<Answer> {
  const dead = await withOutbox((outbox) => outbox.dead());
  const rows = dead.map((job) => [
    referenceOf(job),
    job.about,
    new Date(job.putAt).toISOString(),
    `${job.attempts}`,
    job.because ?? '',
  ]);
  return {
    document: dead.map(shown),
    text:
      dead.length === 0 ? 'Nothing was given up.' : table([['ID', 'WHAT', 'SINCE', 'TRIES', 'WHY'], ...rows]),
  };
}

export function retryOutbox(reference: string): Promise<Answer> {
  return change(reference, 'queued', (outbox, job) => outbox.revive(job));
}

export function dropOutbox(reference: string): Promise<Answer> {
  return change(reference, 'dropped', (outbox, job) => outbox.drop(job));
}

async function change(
  reference: string,
  done: 'queued' | 'dropped',
  carryOut: (outbox: Outbox, job: Pick<Job, 'lane' | 'id'>) => Promise<boolean>,
): Promise<Answer> {
  const slash = reference.lastIndexOf('/');
  const job = { lane: reference.slice(0, slash) as Lane, id: reference.slice(slash + 1) };
  if (!(await withOutbox((outbox) => carryOut(outbox, job))))
    throw new Problem('unknown-letter', 'nothing with this id was given up, see outbox list');
  return { document: { id: reference, [done]: true }, text: `${reference}: ${done}.` };
}

const referenceOf = ({ lane, id }: Job) => `${lane}/${id}`;

function shown(job: Job) {
  const { lane: _, ...facts } = job;
  return { ...facts, id: referenceOf(job) };
}

/** Opens no body: what is in a letter is nobody's business here. */
function withOutbox<T>(use: (outbox: Outbox) => Promise<T>): Promise<T> {
  return withStore(({ env, store }) =>
    use(
      openOutbox({
        store,
        secretBox: secretBox(env.secretKeys, () => {}),
        random: systemRandom,
        clock: systemClock,
        log: { info() {}, warn() {}, error() {} },
        metrics: NO_METRICS,
      }),
    ),
  );
}
