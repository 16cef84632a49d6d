/**
 * The crowd of a storm, or somebody beside it: so many begin each second, whatever becomes of those before. Who is beside
 * it has a process with next to nothing to do, so that a time is the server's and not that of who measures it.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { driven } from './driven.ts';
import { type Answer, Browser } from './http.ts';
import type { Person, Relying, Tokens } from './journeys.ts';
import * as journeys from './journeys.ts';
import { quantilesOf } from './quantiles.ts';

export interface StormJob {
  /** `door`: who begins a login and leaves it at that. */
  readonly what: 'logins' | 'userinfo' | 'refresh' | 'door';
  readonly relying: Relying;
  readonly people: readonly Person[];
  readonly perSecond: number;
  readonly seconds: number;
}

export interface StormOutcome {
  readonly begun: number;
  readonly done: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Turned away with 503 and Retry-After. */
  readonly refused: number;
  readonly refusalP50Ms: number;
  readonly refusalP99Ms: number;
  readonly failed: number;
  readonly fault?: string;
  /** Nobody was left to send. */
  readonly unsent: number;
  readonly cpuMs: number;
  /** How late this process itself was. */
  readonly loopP99Ms: number;
}

const BACK_AFTER_MS = 500;

class TurnedAway extends Error {}

/** The same browser, which takes the time of what is turned away. */
function watched(browser: Browser, refusals: number[]): Browser {
  const timed =
    <A extends unknown[]>(send: (...given: A) => Promise<Answer>) =>
    async (...given: A): Promise<Answer> => {
      const begun = performance.now();
      const answer = await send(...given);
      if (answer.status !== 503 || answer.headers['retry-after'] === undefined) return answer;
      refusals.push(performance.now() - begun);
      throw new TurnedAway();
    };
  const get = timed(browser.get.bind(browser));
  const post = timed(browser.post.bind(browser));
  const withToken = browser.withToken.bind(browser);
  return Object.assign(Object.create(browser) as Browser, { get, post, withToken });
}

/** Who is turned away before a measurement begins comes back, as people do. */
async function patientLogin(relying: Relying, person: Person) {
  const signIn: journeys.SignIn = (browser, ...rest) => journeys.kapuSignIn(watched(browser, []), ...rest);
  for (;;) {
    try {
      return await journeys.login(signIn, relying, person);
    } catch (error) {
      if (!(error instanceof TurnedAway)) throw error;
      await pause(BACK_AFTER_MS);
    }
  }
}

type Once = () => Promise<unknown>;

/** What each begins with; undefined when nobody is free. */
async function workOf(
  { what, relying, people }: StormJob,
  refusals: number[],
): Promise<() => Once | undefined> {
  const free = [...people];
  if (what === 'logins') {
    return () => {
      const person = free.pop();
      if (!person) return undefined;
      const signIn: journeys.SignIn = (browser, ...rest) =>
        journeys.kapuSignIn(watched(browser, refusals), ...rest);
      return () =>
        journeys.login(signIn, relying, person).catch((error: unknown) => {
          // Their code is not spent: they are the next ones.
          if (error instanceof TurnedAway) free.unshift(person);
          throw error;
        });
    };
  }
  if (what === 'door')
    return () => () => journeys.knock(watched(new Browser(relying.issuer), refusals), relying);
  const asking = { ...relying, scope: 'openid email offline_access' };
  const citizens: { browser: Browser; tokens: Tokens }[] = [];
  for (const person of people) citizens.push(await patientLogin(asking, person));
  let next = 0;
  return () => {
    next += 1;
    const citizen = citizens[next % citizens.length];
    if (!citizen) return undefined;
    return what === 'userinfo'
      ? () => journeys.userinfo(citizen.browser, citizen.tokens)
      : () => journeys.refresh(citizen.browser, asking, citizen.tokens);
  };
}

async function run(job: StormJob): Promise<() => Promise<StormOutcome>> {
  const [times, refusals, underWay]: [number[], number[], Promise<void>[]] = [[], [], []];
  const work = await workOf(job, refusals);
  return async () => {
    let [begun, failed, unsent] = [0, 0, 0];
    let fault: string | undefined;
    async function one(once: Once): Promise<void> {
      const at = performance.now();
      try {
        await once();
        times.push(performance.now() - at);
      } catch (error) {
        if (error instanceof TurnedAway) return;
        failed += 1;
        fault ??= String(error);
      }
    }
    const cpu = process.cpuUsage();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const startedAt = performance.now();
    const total = Math.round(job.perSecond * job.seconds);
    for (let i = 0; i < total; i += 1) {
      const ahead = startedAt + (i * 1000) / job.perSecond - performance.now();
      if (ahead > 1) await pause(ahead);
      const once = work();
      if (!once) unsent += 1;
      else {
        begun += 1;
        underWay.push(one(once));
      }
    }
    await Promise.all(underWay);
    const { user, system } = process.cpuUsage(cpu);
    const [done, turned] = [quantilesOf(times), quantilesOf(refusals)];
    return {
      begun,
      done: times.length,
      p50Ms: done(0.5),
      p99Ms: done(0.99),
      refused: refusals.length,
      refusalP50Ms: turned(0.5),
      refusalP99Ms: turned(0.99),
      failed,
      ...(fault !== undefined && { fault }),
      unsent,
      cpuMs: (user + system) / 1000,
      loopP99Ms: delay.percentile(99) / 1e6,
    };
  };
}

driven(run);
