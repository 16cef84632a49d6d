/** Times to come back at, for those who are turned away: each of them one of their own. */

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
  next(crowding: boolean, notBeforeMs: number, apartMs: number): number;
}

/** In two rows: whoever crowds must not move the times at which others come back. */
export function placesApart(now?: () => number): PlacesApart {
  const [others, crowd] = [places(now), places(now)];
  return {
    next: (crowding, notBeforeMs, apartMs) => (crowding ? crowd : others).next(notBeforeMs, apartMs),
  };
}
