/** Mann and Whitney's rank test: can one set of times be told from another? */

/**
 * The two-sided probability of ranks at least as unlike as these if both sets came from one distribution, by the
 * normal approximation with a correction for ties. For twenty values or more in each.
 */
export function rankTest(first: readonly number[], second: readonly number[]): number {
  const [m, n] = [first.length, second.length];
  const all = [
    ...first.map((value) => ({ value, mine: true })),
    ...second.map((value) => ({ value, mine: false })),
  ];
  const sorted = all.toSorted((a, b) => a.value - b.value);
  let rankSum = 0;
  let ties = 0;
  for (let at = 0; at < sorted.length; ) {
    let end = at;
    while (end < sorted.length && sorted[end]?.value === sorted[at]?.value) end += 1;
    const size = end - at;
    const rank = at + (size + 1) / 2;
    rankSum += rank * sorted.slice(at, end).filter(({ mine }) => mine).length;
    ties += size ** 3 - size;
    at = end;
  }
  const u = rankSum - (m * (m + 1)) / 2;
  const total = m + n;
  const variance = ((m * n) / 12) * (total + 1 - ties / (total * (total - 1)));
  const z = Math.max(0, Math.abs(u - (m * n) / 2) - 0.5) / Math.sqrt(variance);
  return Math.min(1, 2 * upperTail(z));
}

/** Of the standard normal distribution (Abramowitz and Stegun 26.2.17; the error is below 1e-7). */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const series = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const polynomial = series.reduceRight((sum, factor) => (sum + factor) * t, 0);
  return (Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
