/** What each (a network address, the bearer of a session) has had lately of something that is short: none shall have nearly all. */

/** For so long somebody has come lately, and what they had counts. */
const WINDOW_MS = 1_000;
/** Of so many and more who come, one has this part at most: an office behind one address is many people. */
const PARTS = 8;
/** Who comes beyond that in one window is not told apart. */
const MOST = 10_000;

export interface Shares {
  /** Whether an address has had its part of what there is each second. It has come by being asked about. */
  hasHad(address: string, perSecond: number): boolean;
  took(address: string): void;
  /** How much it has had in this window of a second. */
  of(address: string): number;
}

/** In this process. `now` in milliseconds. */
export function shares(now: () => number): Shares {
  let had = new Map<string, number>();
  let cameBefore = 0;
  let since = now();

  function turn(at: number): void {
    if (at - since < WINDOW_MS) return;
    cameBefore = at - since < 2 * WINDOW_MS ? had.size : 0;
    had = new Map();
    since = at;
  }

  function add(address: string, count: number): void {
    if (had.has(address) || had.size < MOST) had.set(address, (had.get(address) ?? 0) + count);
  }

  return {
    hasHad(address, perSecond) {
      turn(now());
      add(address, 0);
      const parts = Math.min(PARTS, Math.max(cameBefore, had.size));
      return parts > 1 && (had.get(address) ?? 0) >= Math.max(1, (perSecond * WINDOW_MS) / 1000 / parts);
    },
    took: (address) => add(address, 1),
    of(address) {
      turn(now());
      return had.get(address) ?? 0;
    },
  };
}
