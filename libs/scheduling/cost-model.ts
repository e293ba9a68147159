import { fitNonNegative } from './least-squares.js';

/** One engine run: `length` is padded tokens a row; 1 for images. */
export interface RunShape {
  readonly rows: number;
  readonly length: number;
}

/** A run and the time it took. */
export interface TimedRun extends RunShape {
  readonly ms: number;
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

/** Runs after which what was observed is worth as much as a fit. */
const enoughRuns = 20;

const linearColumns = [0, 1, 2];
const quadraticColumns = [0, 1, 2, 3];

/**
 * Predicts the compute time of a run: `fixed + rows × (perRow + perToken × length + perSquare × length²)`, fitted to
 * runs that were measured and scaled by what is observed since (noisy neighbours, throttling, a warm cache).
 */
export class CostModel {
  private terms = prior;
  private correction = 1;
  /** As `correction`, of what rows are charged. */
  private chargeCorrection = 1;
  private isFitted = false;
  private observedRuns = 0;

  /** False while predictions are guesses: no run was timed before it served, and few since. */
  get isMeasured(): boolean {
    return this.isFitted || this.observedRuns >= enoughRuns;
  }

  /**
   * Replaces the model by a fit of these samples; keeps what it has when there are none.
   *
   * @param curve runs that were measured at leisure, on some machine: where there are any, they give the shape and the
   * samples only the scale. A handful of samples from engines that warm up side by side often say that a run has no
   * fixed part, and then every batch is cut into single rows.
   */
  fit(samples: readonly TimedRun[], curve: readonly TimedRun[] = []): void {
    if (samples.length === 0) return;
    this.isFitted = true;
    this.terms = termsOf(curve.length === 0 ? samples : curve);
    this.correction = 1;
    this.chargeCorrection = 1;
    if (curve.length === 0) return;
    const scale = median(medianByShape(samples).map((run) => run.ms / this.predictMs(run)));
    const { fixedMs, perRowMs, perTokenMs, perSquareMs, fullRows } = this.terms;
    this.terms = {
      fixedMs: fixedMs * scale,
      perRowMs: perRowMs * scale,
      perTokenMs: perTokenMs * scale,
      perSquareMs: perSquareMs * scale,
      fullRows,
    };
  }

  /** Milliseconds of one run. */
  predictMs(shape: RunShape): number {
    return this.runMs(shape.rows, shape.length);
  }

  /** `predictMs` without a shape object: packing asks this tens of thousands of times a dispatch. */
  runMs(rows: number, length: number): number {
    return this.correction * this.fittedMs(rows, length);
  }

  /**
   * Learns from a finished run.
   * @param chargedMs what its rows are charged, where that is not its time: a core may be others' meanwhile
   */
  observe({ rows, length }: RunShape, ms: number, chargedMs = ms): void {
    this.observedRuns++;
    const fittedMs = this.fittedMs(rows, length);
    this.correction = corrected(this.correction, ms, fittedMs);
    this.chargeCorrection = corrected(this.chargeCorrection, chargedMs, fittedMs);
  }

  /**
   * What one row adds in a well-filled batch (the largest that was measured, so that a model which is all overhead
   * still has a cost), as it is charged: the unit of fairness and backlog.
   */
  rowMs(length: number): number {
    const { fullRows } = this.terms;
    return (this.chargeCorrection * this.fittedMs(fullRows, length)) / fullRows;
  }

  /** What part of a run's time its rows are charged: less than all while others have the core. */
  get chargedShare(): number {
    return Math.min(1, this.chargeCorrection / this.correction);
  }

  private fittedMs(rows: number, length: number): number {
    const { fixedMs, perRowMs, perTokenMs, perSquareMs } = this.terms;
    return fixedMs + rows * (perRowMs + length * (perTokenMs + length * perSquareMs));
  }
}

function corrected(correction: number, ms: number, fittedMs: number): number {
  const predictedMs = correction * fittedMs;
  if (!(ms > 0 && ms < Infinity && predictedMs > 0)) return correction;
  const surprise = clamp(ms / predictedMs, maxSurprise);
  return clamp(correction * (1 + learningRate * (surprise - 1)), maxCorrection);
}

function termsOf(samples: readonly TimedRun[]): typeof prior {
  const equations = medianByShape(samples).map(({ rows, length, ms }) => ({
    features: [1, rows, rows * length, rows * length ** 2],
    target: ms,
  }));
  const linear = fitNonNegative(equations, linearColumns);
  const quadratic = fitNonNegative(equations, quadraticColumns);
  const pays = quadratic.error < linear.error * (1 - minQuadraticGain);
  const [fixedMs = 0, perRowMs = 0, perTokenMs = 0, perSquareMs = 0] = (pays ? quadratic : linear)
    .coefficients;
  const fullRows = Math.max(...samples.map(({ rows }) => rows));
  return { fixedMs, perRowMs, perTokenMs, perSquareMs, fullRows };
}

/** Samples of one shape differ by noise, which only ever slows down: their median is robust, their mean is not. */
function medianByShape(samples: readonly TimedRun[]): TimedRun[] {
  const groups = Map.groupBy(samples, ({ rows, length }) => `${rows}x${length}`);
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, ms: median([first, ...others].map(({ ms }) => ms)) }],
  );
}

/** The lower one of two in the middle. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
}

function clamp(ratio: number, limit: number): number {
  return Math.min(limit, Math.max(1 / limit, ratio));
}
