/**
 * Logins take turns in the event loop: in each round of it one request of theirs begins. Whatever else is asked for
 * (tokens, userinfo, keys) is served between them, however many wait.
 */
import { performance } from 'node:perf_hooks';
import type { Metrics, Turns } from '../provider/flows/ports.ts';
import { NO_METRICS } from './measured.ts';
import { placesApart } from './places.ts';
import { recentMean } from './recent-mean.ts';
import { shares } from './shares.ts';

/** Milliseconds that somebody may have to wait for a turn. */
export interface TurnPatience {
  /** Beyond this an address which has had its part of the turns is asked to come back, */
  readonly crowdingMs: number;
  /** beyond this everybody who opens a page, */
  readonly openingMs: number;
  /** and beyond this also who has typed something. */
  readonly typedMs: number;
}

export interface TurnsOptions {
  readonly patience: TurnPatience;
  readonly metrics?: Metrics;
  /** Milliseconds of a clock that only goes on. */
  readonly now?: () => number;
  /** Calls in the next round of the loop. */
  readonly nextRound?: (begin: () => void) => void;
}

/** Each holds a connection and its request; short turns let more of them wait for a bearable time than there is room for. */
const MOST_WAITING = 2_000;
/** What a turn takes in a process that has seen none. */
const FIRST_GUESS_MS = 2;

export function turns({
  patience,
  metrics = NO_METRICS,
  now = () => performance.now(),
  nextRound = setImmediate,
}: TurnsOptions): Turns {
  const waiting: (() => void)[] = [];
  metrics.stands('kapu_turn_queue_length', {}, () => waiting.length);
  const back = placesApart(now);
  const had = shares(now);
  const eachMs = recentMean(FIRST_GUESS_MS);
  let taken = false;
  let takenAt = 0;

  function take(): void {
    taken = true;
    takenAt = now();
    nextRound(round);
  }

  function round(): void {
    eachMs.note(now() - takenAt);
    const next = waiting.shift();
    if (!next) {
      taken = false;
      return;
    }
    take();
    next();
  }

  const waitMs = () => waiting.length * eachMs.value();

  return {
    waitMs,
    busyMs(address, stage) {
      const crowding = had.hasHad(address, 1000 / eachMs.value());
      const bearableMs = stage === 'opening' ? patience.openingMs : patience.typedMs;
      if (waiting.length < MOST_WAITING && waitMs() <= (crowding ? patience.crowdingMs : bearableMs)) {
        had.took(address);
        return undefined;
      }
      metrics.count('kapu_hash_refused_total', {});
      return back.next(crowding ? address : undefined, waitMs(), eachMs.value());
    },
    mine() {
      if (taken) return new Promise((begin) => waiting.push(begin));
      take();
      return undefined;
    },
  };
}
