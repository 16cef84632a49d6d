/**
 * Figures of logins over the store. An instance gathers what it counts for a few seconds and adds it to the buckets at
 * once, in the background: a login waits for none of it and costs next to nothing. A partition is one bucket of one
 * subject, so nothing that grows is in one place.
 */
import {
  type Bucket,
  bucketAt,
  bucketsOf,
  type Counts,
  hoursOf,
  KEPT_MS,
  type LoginOutcome,
  OUTCOMES,
  PERIODS,
  type Unit,
} from '../provider/core/statistics.ts';
import type { Background, Clock, Statistics } from '../provider/flows/ports.ts';
import type { Key, Store } from './store.ts';

/** A crash loses the figures of so long at most. */
const GATHERED_MS = 3_000;

/** Everybody's logins, or those at one client. */
type Subject = 'all' | `client:${string}`;
const subjectOf = (clientId: string | undefined): Subject =>
  clientId === undefined ? 'all' : `client:${clientId}`;

const keyOf = (subject: Subject, unit: Unit, { name }: Bucket, figure: LoginOutcome): Key => ({
  partition: `statistics:${unit}:${name}:${subject}`,
  name: figure,
});

interface Gathered {
  readonly key: Key;
  readonly expiresAt: number;
  by: number;
}

export function storedStatistics(
  store: Pick<Store, 'count' | 'getMany'>,
  clock: Clock,
  background: Background,
): Statistics {
  const gathered = new Map<string, Gathered>();
  let timer: NodeJS.Timeout | undefined;
  /** What is being added: whoever reads waits for it, whoever began it. */
  let adding: Promise<void> = Promise.resolve();

  function add(subject: Subject, unit: Unit, figure: LoginOutcome): void {
    const now = clock.now();
    const key = keyOf(subject, unit, bucketAt(unit, now), figure);
    const text = `${key.partition}\n${key.name}`;
    const one = gathered.get(text) ?? { key, expiresAt: now + KEPT_MS[unit], by: 0 };
    one.by += 1;
    gathered.set(text, one);
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const all = [...gathered.values()];
    gathered.clear();
    const added = Promise.all(all.map(({ key, by, expiresAt }) => store.count(key, by, expiresAt)));
    adding = Promise.allSettled([adding, added]).then(() => undefined);
    await Promise.all([adding, added]);
  }

  async function read(
    subject: Subject,
    unit: Unit,
    buckets: readonly Bucket[],
    figures: readonly LoginOutcome[],
  ): Promise<Counts[]> {
    const keys = buckets.flatMap((bucket) => figures.map((figure) => keyOf(subject, unit, bucket, figure)));
    const entries = await store.getMany<number>(keys);
    return buckets.map((bucket, row) => ({
      ...bucket,
      counts: countsOf(figures, (column) => entries[row * figures.length + column]?.value),
    }));
  }

  /** There are many minutes: of these only that is read of which their hours have any. */
  async function met(subject: Subject, minutes: readonly Bucket[]): Promise<LoginOutcome[]> {
    const hours = await read(subject, 'hour', hoursOf(minutes), OUTCOMES);
    return OUTCOMES.filter((outcome) => hours.some(({ counts }) => counts[outcome] !== undefined));
  }

  return {
    count(outcome: LoginOutcome, clientId) {
      if (outcome !== 'cancelled') add('all', 'minute', outcome);
      for (const subject of new Set([subjectOf(undefined), subjectOf(clientId)])) {
        add(subject, 'hour', outcome);
        add(subject, 'day', outcome);
      }
      timer ??= setTimeout(() => background.run('statistics', flush), GATHERED_MS).unref();
    },

    async of(period, clientId) {
      await flush();
      const { unit } = PERIODS[period];
      const buckets = bucketsOf(period, clock.now());
      const subject = subjectOf(clientId);
      return read(subject, unit, buckets, unit === 'minute' ? await met(subject, buckets) : OUTCOMES);
    },

    flush,
  };
}

function countsOf(
  figures: readonly LoginOutcome[],
  read: (column: number) => number | undefined,
): Counts['counts'] {
  const pairs = figures.map((figure, column) => [figure, read(column)] as const);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}
