/** Lets logins begin at a pace which the event loop and the hashing threads carry, as seen in this process. */
import { performance } from 'node:perf_hooks';
import { nextPace, type Pace } from '../provider/core/pace.ts';
import type { Entrance, Metrics, Turns } from '../provider/flows/ports.ts';
import { NO_METRICS } from './measured.ts';
import { newest } from './newest.ts';
import type { MeasuredPasswordHasher } from './password-hasher.ts';
import { placesApart } from './places.ts';
import { shares } from './shares.ts';

export interface EntranceOptions {
  readonly hasher: Pick<MeasuredPasswordHasher, 'busyMs' | 'throughput'>;
  readonly turns: Pick<Turns, 'waitMs'>;
  readonly metrics?: Metrics;
  /** Milliseconds of a clock that only goes on. */
  readonly now?: () => number;
  /** Milliseconds that the event loop was at work, in all. */
  readonly activeMs?: () => number;
}

/** The pace is set anew when somebody comes, and that much time has passed. */
const LOOK_EVERY_MS = 50;
/** How far back what was seen still tells. */
const REMEMBERED_MS = 1_000;
/** Who comes at the same moment: that many seconds' worth may begin at once, at least as many people. */
const BURST = { seconds: 0.5, people: 20 };
/** With one session, in a second: more windows than anybody opens at once. */
const PASSES_AT_MOST = 10;
/** With one pushed request, which each time makes a login anew: it is opened, and perhaps loaded again. */
const OPENS_AT_MOST = 2;

export function entrance({
  hasher,
  turns,
  metrics = NO_METRICS,
  now = () => performance.now(),
  activeMs = () => performance.eventLoopUtilization().active,
}: EntranceOptions): Entrance {
  const back = placesApart(now);
  const had = shares(now);
  const passed = shares(now);
  const opened = newest<number>();
  let begun = 0;
  let seen = { at: now(), ...counted() };
  let load = { loginsPerSecond: 0, utilization: 0, waitMs: 0 };
  const { checksPerSecond: most } = hasher.throughput();
  let pace: Pace = { perSecond: most, carried: most };
  let room = burst();
  let filledAt = now();

  /** Both grow: milliseconds of work, and logins, half a one for each that began and each password that was checked. */
  function counted() {
    return { active: activeMs(), logins: (begun + hasher.throughput().checked) / 2 };
  }

  function burst(): number {
    return Math.max(BURST.people, pace.perSecond * BURST.seconds);
  }

  function look(at: number): void {
    const ms = at - seen.at;
    if (ms < LOOK_EVERY_MS) return;
    const { active, logins } = counted();
    const { checksPerSecond, waitMs } = hasher.throughput();
    const share = ms / REMEMBERED_MS;
    load = {
      loginsPerSecond: blended(load.loginsPerSecond, ((logins - seen.logins) * 1000) / ms, share),
      utilization: blended(load.utilization, (active - seen.active) / ms, share),
      waitMs: turns.waitMs() + waitMs,
    };
    pace = nextPace(pace.carried, { ...load, checksPerSecond });
    seen = { at, active, logins };
  }

  return {
    busyMs(address) {
      const hashing = hasher.busyMs('entering');
      if (hashing !== undefined) return hashing;
      const at = now();
      look(at);
      room = Math.min(burst(), room + (pace.perSecond * (at - filledAt)) / 1000);
      filledAt = at;
      // While there is plenty nobody is counted out; a flood from one address must not become everybody's.
      const crowding = had.hasHad(address, pace.perSecond) && room < burst() / 2;
      if (room >= 1 && !crowding) {
        room -= 1;
        begun += 1;
        had.took(address);
        return undefined;
      }
      metrics.count('kapu_hash_refused_total', {});
      return back.next(crowding ? address : undefined, 0, 1000 / pace.perSecond);
    },
    passes(sessionId) {
      const passing = passed.of(sessionId) < PASSES_AT_MOST;
      if (passing) passed.took(sessionId);
      return passing;
    },
    opens(requestUri) {
      const times = (opened.of(requestUri) ?? 0) + 1;
      opened.note(requestUri, times);
      return times <= OPENS_AT_MOST;
    },
  };
}

/** A moving average: `share` is how long `now` was, in remembered lengths of time. */
function blended(before: number, now: number, share: number): number {
  return now + (before - now) * Math.exp(-share);
}
