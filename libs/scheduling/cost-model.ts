import { fitNonNegative, type Equation } from './least-squares.js';

/** One engine run: `length` is padded tokens a row; 1 for images. */
export interface RunShape {
  readonly rows: number;
  readonly length: number;
}

/** Before warm-up: the order of magnitude of a small model on one CPU core. */
const prior = { fixedMs: 1, perRowMs: 1, perTokenMs: 0.1, perSquareMs: 0, fullRows: 8 };

/** Weight of the newest run: a lasting change is followed within about 20 runs, one odd run moves little. */
const learningRate = 0.1;
/** A run counts as at most this many times slower or faster than predicted: a stalled core is not a trend. */
const maxSurprise = 4;
const maxCorrection = 16;
/** The quadratic term (attention over long inputs) stays only if it removes this share of the squared error. */
const minQuadraticGain = 0.5;

const linearColumns = [0, 1, 2];
const quadraticColumns = [0, 1, 2, 3];

/**
 * Predicts the compute time of a run: `fixed + rows × (perRow + perToken × length + perSquare × length²)`, fitted to
 * warm-up samples and scaled by what is observed since (noisy neighbours, throttling, a warm cache).
 */
export class CostModel {
  private terms = prior;
  private correction = 1;

  /** Replaces the model by a fit of these samples; keeps the prior's shape when there are none. */
  fit(samples: readonly (RunShape & { ms: number })[]): void {
    const equations = medianByShape(samples);
    if (equations.length === 0) return;
    const linear = fitNonNegative(equations, linearColumns);
    const quadratic = fitNonNegative(equations, quadraticColumns);
    const pays = quadratic.error < linear.error * (1 - minQuadraticGain);
    const [fixedMs = 0, perRowMs = 0, perTokenMs = 0, perSquareMs = 0] = (pays ? quadratic : linear)
      .coefficients;
    const fullRows = Math.max(...samples.map(({ rows }) => rows));
    this.terms = { fixedMs, perRowMs, perTokenMs, perSquareMs, fullRows };
    this.correction = 1;
  }

  /** Milliseconds of one run. */
  predictMs(shape: RunShape): number {
    return this.runMs(shape.rows, shape.length);
  }

  /** `predictMs` without a shape object: packing asks this tens of thousands of times a dispatch. */
  runMs(rows: number, length: number): number {
    const { fixedMs, perRowMs, perTokenMs, perSquareMs } = this.terms;
    return this.correction * (fixedMs + rows * (perRowMs + length * (perTokenMs + length * perSquareMs)));
  }

  /** Learns from a finished run. */
  observe(shape: RunShape, ms: number): void {
    const predictedMs = this.predictMs(shape);
    if (!(ms > 0 && ms < Infinity && predictedMs > 0)) return;
    const surprise = clamp(ms / predictedMs, maxSurprise);
    this.correction = clamp(this.correction * (1 + learningRate * (surprise - 1)), maxCorrection);
  }

  /**
   * What one row adds in a well-filled batch (the largest that was measured, so that a model which is all overhead
   * still has a cost): the unit of fairness and backlog.
   */
  rowMs(length: number): number {
    const { fullRows } = this.terms;
    return this.runMs(fullRows, length) / fullRows;
  }
}

/** Samples of one shape differ by noise, which only ever slows down: their median is robust, their mean is not. */
function medianByShape(samples: readonly (RunShape & { ms: number })[]): Equation[] {
  const groups = Map.groupBy(samples, ({ rows, length }) => `${rows}x${length}`);
  return [...groups.values()].flatMap((group) => {
    const sorted = group.toSorted((a, b) => a.ms - b.ms);
    const middle = sorted[Math.floor((sorted.length - 1) / 2)];
    if (middle === undefined) return [];
    const { rows, length, ms } = middle;
    return [{ features: [1, rows, rows * length, rows * length ** 2], target: ms }];
  });
}

function clamp(ratio: number, limit: number): number {
  return Math.min(limit, Math.max(1 / limit, ratio));
}
