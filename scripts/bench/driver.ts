/** The people and portals of a measurement, in a process of their own, so that their work is not the server's. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser } from './http.ts';
import type { Person, Relying, Tokens } from './journeys.ts';
import * as journeys from './journeys.ts';

export type Operation = 'login' | 'single-sign-on' | 'refresh' | 'userinfo' | 'introspection' | 'discovery';

export interface Job {
  readonly operation: Operation;
  readonly at: 'kapu' | 'bare';
  readonly relying: Relying;
  /** Each logs in once; for what comes after a login, as many as there are at once. */
  readonly people: readonly Person[];
  readonly atOnce: number;
  readonly count: number;
}

export interface Outcome {
  readonly seconds: number;
  readonly done: number;
  readonly failed: number;
  /** What the first failure said. */
  readonly fault?: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Citizen {
  readonly browser: Browser;
  tokens: Tokens;
}

const OFFLINE = { scope: 'openid email offline_access' };

/** What each operation does, over and over, once its people are logged in. */
const OPERATIONS: Readonly<
  Record<Exclude<Operation, 'login'>, (citizen: Citizen, relying: Relying) => Promise<unknown>>
> = {
  'single-sign-on': ({ browser }, relying) => journeys.singleSignOn(browser, relying),
  async refresh(citizen, relying) {
    citizen.tokens = await journeys.refresh(citizen.browser, relying, citizen.tokens);
  },
  userinfo: ({ browser, tokens }) => journeys.userinfo(browser, tokens),
  introspection: ({ browser, tokens }, relying) => journeys.introspect(browser, relying, tokens),
  discovery: ({ browser }) => journeys.discovery(browser),
};

async function workOf({ operation, at, relying, people, atOnce }: Job) {
  const signIn = at === 'kapu' ? journeys.kapuSignIn : journeys.bareSignIn;
  if (operation === 'login') {
    return (index: number) => journeys.login(signIn, relying, people[index] as Person);
  }
  const asking = operation === 'refresh' ? { ...relying, ...OFFLINE } : relying;
  const citizens: Citizen[] = [];
  for (const person of people.slice(0, atOnce)) citizens.push(await journeys.login(signIn, asking, person));
  // A worker has a citizen of its own: nobody refreshes with a token that another is just using.
  return (_index: number, worker: number) => OPERATIONS[operation](citizens[worker] as Citizen, asking);
}

async function run(job: Job): Promise<() => Promise<Outcome>> {
  const work = await workOf(job);
  return async () => {
    const times: number[] = [];
    let next = 0;
    let failed = 0;
    let fault: string | undefined;
    const worker = async (_: unknown, own: number) => {
      while (next < job.count) {
        const index = next;
        next += 1;
        const begun = performance.now();
        try {
          await work(index, own);
          times.push(performance.now() - begun);
        } catch (error) {
          failed += 1;
          fault ??= String(error);
        }
      }
    };
    const begun = performance.now();
    await Promise.all(Array.from({ length: job.atOnce }, worker));
    const seconds = (performance.now() - begun) / 1000;
    times.sort((a, b) => a - b);
    const quantile = (q: number) => times[Math.min(times.length - 1, Math.floor(q * times.length))] ?? 0;
    const counts = { seconds, done: times.length, failed, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
    return fault === undefined ? counts : { ...counts, fault };
  };
}

let ready: (() => Promise<Outcome>) | undefined;

process.on('message', async (message: Job | 'go') => {
  if (message === 'go') {
    process.send?.(await ready?.());
    return;
  }
  ready = await run(message);
  // What a login leaves to the background is not to be counted with what follows.
  await pause(200);
  process.send?.('ready');
});
process.on('disconnect', () => process.exit(0));
