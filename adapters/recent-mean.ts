/** What something takes, as lately measured. */

/** How much a single measurement changes it: some twenty of them tell. */
const WEIGHT = 0.05;

export interface RecentMean {
  note(measured: number): void;
  /** 0 while nothing was measured and nothing guessed. */
  value(): number;
}

export function recentMean(guess?: number): RecentMean {
  let mean = guess;
  return {
    note(measured) {
      mean = mean === undefined ? measured : mean + WEIGHT * (measured - mean);
    },
    value: () => mean ?? 0,
  };
}
