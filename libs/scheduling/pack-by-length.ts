import type { CostModel } from './cost-model.js';

export interface PackedRun<T> {
  rows: T[];
  /** Padded tokens a row. */
  length: number;
  predictedMs: number;
}

/** Of two equally good cuts the one with larger runs wins, in spite of rounding. */
const tieTolerance = 1e-9;

/**
 * Cuts the rows of one dispatch into the runs with the least total predicted time: dynamic programming over the
 * rows sorted by length, each run of at most `maxRows`. Fairness has decided who is in the dispatch; this decides
 * only how it is cut, so shares stay untouched while padding nearly vanishes. O(rows × maxRows).
 */
export function packByLength<T>(
  rows: readonly { length: number; value: T }[],
  cost: CostModel,
  maxRows: number,
  paddedLength: (length: number) => number,
): PackedRun<T>[] {
  const sorted = rows
    .map(({ length, value }) => ({ length: paddedLength(length), value }))
    .sort((a, b) => a.length - b.length);
  const cuts = cheapestCuts(
    sorted.map(({ length }) => length),
    cost,
    maxRows,
  );
  const runs: PackedRun<T>[] = [];
  for (let end = sorted.length; end > 0;) {
    const start = cuts[end] ?? 0;
    const length = sorted[end - 1]?.length ?? 0;
    const values = sorted.slice(start, end).map(({ value }) => value);
    runs.push({ rows: values, length, predictedMs: cost.runMs(values.length, length) });
    end = start;
  }
  return runs.reverse();
}

/** For each end, where the last run of the cheapest partition of the first `end` rows starts. */
function cheapestCuts(lengths: readonly number[], cost: CostModel, maxRows: number): readonly number[] {
  const totals = [0];
  const cuts = [0];
  for (const [last, length] of lengths.entries()) {
    let bestMs = Infinity;
    let bestStart = last;
    for (let start = Math.max(0, last + 1 - maxRows); start <= last; start++) {
      const totalMs = (totals[start] ?? 0) + cost.runMs(last + 1 - start, length);
      if (totalMs >= bestMs * (1 - tieTolerance)) continue;
      bestMs = totalMs;
      bestStart = start;
    }
    totals.push(bestMs);
    cuts.push(bestStart);
  }
  return cuts;
}
