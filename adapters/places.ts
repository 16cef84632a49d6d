/** Times to come back at, for those who are turned away: each of them one of their own. */
import { newest } from './newest.ts';

/** Nobody comes back sooner or later. */
const BACK_AFTER_MS = { least: 3_000, most: 60_000 };

export interface Places {
  /** In how many milliseconds to come back: not before `notBeforeMs`, and `apartMs` after whoever asked before. */
  next(notBeforeMs: number, apartMs: number): number;
}

export function places(now = () => performance.now()): Places {
  let last = 0;
  return {
    next(notBeforeMs, apartMs) {
      const at = now();
      const { least, most } = BACK_AFTER_MS;
      last = Math.min(at + most, Math.max(at + notBeforeMs, at + least, last) + apartMs);
      return last - at;
    },
  };
}

export interface PlacesApart {
  /** `crowd`: the address that crowds, if this one does. */
  next(crowd: string | undefined, notBeforeMs: number, apartMs: number): number;
}

/** In rows of their own: whoever crowds must not move the times at which others come back, crowds among them. */
export function placesApart(now?: () => number): PlacesApart {
  const others = places(now);
  const crowds = newest<Places>();

  function rowOf(crowd: string): Places {
    const row = crowds.of(crowd) ?? places(now);
    crowds.note(crowd, row);
    return row;
  }

  return {
    next: (crowd, notBeforeMs, apartMs) =>
      (crowd === undefined ? others : rowOf(crowd)).next(notBeforeMs, apartMs),
  };
}
