/** Sorts the times that something took, and answers the one that so many of them (0 to 1) stay below. */
export function quantilesOf(times: number[]): (part: number) => number {
  times.sort((one, other) => one - other);
  return (part) => times[Math.min(times.length - 1, Math.floor(part * times.length))] ?? 0;
}
