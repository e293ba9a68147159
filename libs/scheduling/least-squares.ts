/** One equation of a fit: `features · coefficients ≈ target`. */
export interface Equation {
  readonly features: readonly number[];
  readonly target: number;
}

export interface Fit {
  readonly coefficients: readonly number[];
  /** Weighted sum of squared residuals. */
  readonly error: number;
}

/** A fit with more terms must be better by more than rounding. */
const roundingTolerance = 1e-9;
const singularPivot = 1e-10;

/**
 * Non-negative least squares of *relative* errors (each equation is divided by its target: timing noise is
 * multiplicative, and a 1 ms run matters as much as a 100 ms one).
 *
 * Exact, by trying each subset of columns: the optimum is the best unconstrained fit among the subsets whose
 * solution is non-negative. With at most four columns that is 15 tiny systems, simpler and sturdier than an active
 * set method; it must not be used for more.
 */
export function fitNonNegative(equations: readonly Equation[], columns: readonly number[]): Fit {
  const scaled = equations
    .filter(({ target }) => target > 0)
    .map(({ features, target }) => features.map((feature) => feature / target));
  let best: Fit = { coefficients: columns.map(() => 0), error: scaled.length };
  for (const subset of subsetsBySize(columns)) {
    const solution = solveNormalEquations(scaled, subset);
    if (solution?.every((value) => value >= 0) !== true) continue;
    const error = sum(
      scaled,
      (row) => (1 - sum(subset, (column, i) => (row[column] ?? 0) * (solution[i] ?? 0))) ** 2,
    );
    if (error >= best.error * (1 - roundingTolerance) - Number.EPSILON) continue;
    best = { coefficients: columns.map((column) => solution[subset.indexOf(column)] ?? 0), error };
  }
  return best;
}

function subsetsBySize(columns: readonly number[]): number[][] {
  const subsets = Array.from({ length: 2 ** columns.length - 1 }, (_, mask) =>
    columns.filter((_column, bit) => ((mask + 1) >> bit) % 2 === 1),
  );
  return subsets.sort((a, b) => a.length - b.length);
}

/** Solves `AᵀA x = Aᵀ1` for the given columns of A, each scaled to unit length; undefined when singular. */
function solveNormalEquations(rows: readonly number[][], columns: readonly number[]): number[] | undefined {
  const norms = columns.map((column) => Math.sqrt(sum(rows, (row) => (row[column] ?? 0) ** 2)));
  const at = (row: readonly number[], i: number) => (row[columns[i] ?? 0] ?? 0) / (norms[i] ?? 1);
  const matrix = columns.map((_column, i) => [
    ...columns.map((_other, j) => sum(rows, (row) => at(row, i) * at(row, j))),
    sum(rows, (row) => at(row, i)),
  ]);
  return eliminate(matrix)?.map((value, i) => value / (norms[i] ?? 1));
}

/** Gauss-Jordan on an augmented, symmetric positive matrix (no pivoting needed there). */
function eliminate(matrix: number[][]): number[] | undefined {
  for (const [i, pivotRow] of matrix.entries()) {
    const pivot = pivotRow[i] ?? 0;
    if (!(pivot > singularPivot)) return undefined;
    for (const [k, row] of matrix.entries()) {
      if (k === i) continue;
      const factor = (row[i] ?? 0) / pivot;
      for (let j = i; j < row.length; j++) row[j] = (row[j] ?? 0) - factor * (pivotRow[j] ?? 0);
    }
  }
  return matrix.map((row, i) => (row.at(-1) ?? 0) / (row[i] ?? 1));
}

function sum<Item>(items: readonly Item[], of: (item: Item, index: number) => number): number {
  return items.reduce((total, item, index) => total + of(item, index), 0);
}
