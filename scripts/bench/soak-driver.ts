/** People who come, stay a while and go, at a steady pace: a login, what portals ask in its name, single sign-on, refresh. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Person, Relying } from './journeys.ts';
import * as journeys from './journeys.ts';

export interface SoakJob {
  readonly relying: Relying;
  readonly people: readonly Person[];
  readonly visitsPerSecond: number;
}

export interface SoakCounts {
  readonly visits: number;
  readonly operations: number;
  readonly failed: number;
  /** What the first failures said. */
  readonly faults: readonly string[];
}

/** A code counts once: nobody comes again while theirs may still be the one that they used. */
const CODE_LIFE_MS = 95_000;
const FAULTS_KEPT = 10;

const counts = { visits: 0, operations: 0, failed: 0, faults: [] as string[] };

async function visit(relying: Relying, person: Person): Promise<void> {
  const asking = { ...relying, scope: 'openid email offline_access' };
  const did = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work;
    counts.operations += 1;
    return result;
  };
  const { browser, tokens: first } = await did(journeys.login(journeys.kapuSignIn, asking, person));
  const tokens = await did(journeys.refresh(browser, asking, first));
  for (let times = 0; times < 3; times += 1) await did(journeys.userinfo(browser, tokens));
  await did(journeys.refresh(browser, asking, tokens));
  for (let times = 0; times < 2; times += 1) await did(journeys.singleSignOn(browser, relying));
}

async function run({ relying, people, visitsPerSecond }: SoakJob): Promise<void> {
  const cameAt = new Map<Person, number>();
  for (let next = 0; ; next += 1) {
    await pause(1000 / visitsPerSecond);
    const person = people[next % people.length];
    if (!person || performance.now() - (cameAt.get(person) ?? Number.NEGATIVE_INFINITY) < CODE_LIFE_MS)
      continue;
    cameAt.set(person, performance.now());
    counts.visits += 1;
    visit(relying, person).catch((error: unknown) => {
      counts.failed += 1;
      if (counts.faults.length < FAULTS_KEPT) counts.faults.push(String(error));
    });
  }
}

process.on('message', (message: SoakJob | 'counts') => {
  if (message === 'counts') process.send?.(counts satisfies SoakCounts);
  else void run(message);
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
