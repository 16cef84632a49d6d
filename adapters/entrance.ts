/** Lets logins begin at a pace which the event loop and the hashing threads carry, as seen in this process. */
import { performance } from 'node:perf_hooks';
import { type Load, nextPace, type Pace } from '../provider/core/pace.ts';
import type { Entrance, Metrics } from '../provider/flows/ports.ts';
import { NO_METRICS } from './measured.ts';
import type { MeasuredPasswordHasher } from './password-hasher.ts';
import { places } from './places.ts';
import { shares } from './shares.ts';

export interface EntranceOptions {
  readonly hasher: Pick<MeasuredPasswordHasher, 'busyMs' | 'throughput'>;
  readonly metrics?: Metrics;
  /** Milliseconds of a clock that only goes on. */
  readonly now?: () => number;
  /** Milliseconds that the event loop was at work, in all. */
  readonly activeMs?: () => number;
}

/** The pace is set anew when somebody comes, and that much time has passed. */
const LOOK_EVERY_MS = 50;
/** How far back what was seen still tells: the loop, and passwords, of which there are fewer. */
const REMEMBERED_MS = { momentary: 200, utilization: 500, checked: 1_000 };
/** Who comes at the same moment: that many seconds' worth may begin at once, at least as many people. */
const BURST = { seconds: 0.25, people: 20 };

export function entrance({
  hasher,
  metrics = NO_METRICS,
  now = () => performance.now(),
  activeMs = () => performance.eventLoopUtilization().active,
}: EntranceOptions): Entrance {
  const [back, backOfCrowding] = [places(now), places(now)];
  const had = shares(now);
  let seen = { at: now(), active: activeMs(), checked: hasher.throughput().checked };
  let load: Omit<Load, 'mostPerSecond' | 'ms'> = { utilization: 0, momentary: 0, checkedPerSecond: 0 };
  const { mostPerSecond: most } = hasher.throughput();
  let pace: Pace = { perSecond: most, carried: most };
  let room = burst();
  let filledAt = now();

  function burst(): number {
    return Math.max(BURST.people, pace.perSecond * BURST.seconds);
  }

  function look(at: number): void {
    const ms = at - seen.at;
    if (ms < LOOK_EVERY_MS) return;
    const [active, { checked, mostPerSecond }] = [activeMs(), hasher.throughput()];
    const utilization = (active - seen.active) / ms;
    load = {
      utilization: blended(load.utilization, utilization, ms / REMEMBERED_MS.utilization),
      momentary: blended(load.momentary, utilization, ms / REMEMBERED_MS.momentary),
      checkedPerSecond: blended(
        load.checkedPerSecond,
        ((checked - seen.checked) * 1000) / ms,
        ms / REMEMBERED_MS.checked,
      ),
    };
    pace = nextPace(pace, { ...load, mostPerSecond, ms });
    seen = { at, active, checked };
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
        had.took(address);
        return undefined;
      }
      metrics.count('kapu_hash_refused_total', {});
      return (crowding ? backOfCrowding : back).next(0, 1000 / pace.perSecond);
    },
  };
}

/** A moving average: `share` is how long `now` was, in remembered lengths of time. */
function blended(before: number, now: number, share: number): number {
  return now + (before - now) * Math.exp(-share);
}
