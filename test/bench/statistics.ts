// Numbers out of many numbers: percentiles of one round, and how far rounds lie apart. Knows nothing of what was measured.

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** What several rounds of the same measurement gave: on a shared machine one number alone tells little. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

const rising = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b);

/** The nearest-rank percentile of values in rising order; NaN where there are none. */
function rank(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = rising(values);
  return { p50: rank(sorted, 0.5), p95: rank(sorted, 0.95), p99: rank(sorted, 0.99), max: rank(sorted, 1) };
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = rising(values);
  return { min: rank(sorted, 0), median: rank(sorted, 0.5), max: rank(sorted, 1) };
}

/** The spread of each percentile over the rounds. */
export const spreadOfPercentiles = (rounds: readonly Percentiles[]): Readonly<Record<keyof Percentiles, Spread>> => ({
  p50: spreadOf(rounds.map((round) => round.p50)),
  p95: spreadOf(rounds.map((round) => round.p95)),
  p99: spreadOf(rounds.map((round) => round.p99)),
  max: spreadOf(rounds.map((round) => round.max)),
});

/** Three digits are all that such a measurement can carry. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const size = Math.abs(value);
  return value.toFixed(size >= 100 || value === 0 ? 0 : size >= 10 ? 1 : 2);
}

export const shownSpread = ({ min, median, max }: Spread): string =>
  min === max ? shown(median) : `${shown(median)} (${shown(min)}..${shown(max)})`;
