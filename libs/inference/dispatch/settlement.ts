import type { ErrorCode, SpanReference } from '#kernel';
import type { Batcher, RunShape } from '#scheduling';
import type { RunReport } from '../engine/engine.messages.js';
import { BatchTraces } from './batch-traces.js';
import type { Engine, PendingWork } from './engine.js';
import type { InferenceObserver } from './inference.observer.js';
import { paddedLength } from './length-bucket.js';
import type { PendingRow } from './pending-row.js';
import type { ServedModels } from './served-models.js';

/** Rows that were answered, with the engine time that was theirs and what they are charged for it. */
export interface AnsweredRows {
  rows: PendingWork[];
  ms: number;
  computeMs: number;
  paddingMs: number;
}

/** Tells the batcher and the observer what runs have cost. */
export class Settlement {
  readonly #models: ServedModels;
  readonly #batcher: Batcher<PendingRow>;
  readonly #observer: InferenceObserver;
  readonly #traces: BatchTraces;
  /** Sentences that left a decoder and are not settled yet; gone with their engine. */
  readonly #left = new WeakMap<Engine, Map<string, AnsweredRows>>();

  constructor(models: ServedModels, batcher: Batcher<PendingRow>, observer: InferenceObserver) {
    this.#models = models;
    this.#batcher = batcher;
    this.#observer = observer;
    this.#traces = new BatchTraces(observer);
  }

  /** What a server elsewhere is told of the batch it gets. Here there is nobody to tell. */
  sending(
    engine: Engine,
    model: string,
    rows: readonly PendingWork[],
    now: number,
  ): SpanReference | undefined {
    return engine.link.server === undefined ? undefined : this.#traces.open(engine, model, rows, now);
  }

  settle(engine: Engine, { ref, rows, length, ms }: RunReport, answered: AnsweredRows): void {
    this.#traces.hold(engine, ref, answered.rows);
    if (this.#models.policy(ref).mode === 'continuous') this.#settleLeft(engine, ref, answered);
    else if (answered.rows.length > 0) this.#tell(engine, ref, { rows, length }, answered, ms);
  }

  /** The engine has one row less, which its caller gave up: those that left before it may wait for nobody any more. */
  cancelled(engine: Engine, row: PendingWork): void {
    this.#traces.abandon(row);
    if (this.#models.policy(row.model).mode === 'continuous')
      this.#settleLeft(engine, row.model, { rows: [], ms: 0, computeMs: 0, paddingMs: 0 });
  }

  /** Rows whose run threw, or whose engine is gone; they cost nobody anything. */
  failed(engine: Engine, rows: readonly PendingWork[], code: ErrorCode): void {
    for (const model of new Set(rows.map((row) => row.model)))
      this.#traces.fail(
        engine,
        model,
        rows.filter((row) => row.model === model),
        code,
      );
  }

  #settleLeft(engine: Engine, model: string, answered: AnsweredRows): void {
    const due = this.#gather(engine, model, answered);
    if (due === undefined) return;
    const tokens = due.rows.reduce((sum, row) => sum + paddedLength(row.length), 0);
    this.#tell(engine, model, { rows: due.rows.length, length: tokens / due.rows.length }, due, due.ms);
  }

  /**
   * Gathers a continuous model's finished sentences until as many have left as still decode together. A sentence's
   * time is its share of steps run at that company; settled one by one it would be compared with the prediction for
   * a sentence alone, and the predictor would learn that everything is cheap.
   */
  #gather(engine: Engine, model: string, answered: AnsweredRows): AnsweredRows | undefined {
    const models = this.#left.get(engine) ?? new Map<string, AnsweredRows>();
    this.#left.set(engine, models);
    const sum = models.get(model) ?? { rows: [], ms: 0, computeMs: 0, paddingMs: 0 };
    sum.rows.push(...answered.rows);
    sum.ms += answered.ms;
    sum.computeMs += answered.computeMs;
    sum.paddingMs += answered.paddingMs;
    const settled = sum.rows.length > 0 && sum.rows.length >= engine.rowsOf(model);
    if (settled) models.delete(model);
    else models.set(model, sum);
    return settled ? sum : undefined;
  }

  #tell(engine: Engine, model: string, shape: RunShape, answered: AnsweredRows, ms: number): void {
    const { rows, computeMs, paddingMs } = answered;
    const predictedMs = this.#models.policy(model).cost.predictMs(shape);
    this.#batcher.settle(model, shape, rows, ms, computeMs);
    const run = {
      model,
      rows: shape.rows,
      length: shape.length,
      ms,
      predictedMs,
      paddingRatio: computeMs > 0 ? paddingMs / computeMs : 0,
      waitMs: rows.map(({ payload }) => payload.waitMs),
      startedAt: Math.min(...rows.map(({ payload }) => payload.startedAt)),
    };
    this.#observer.onRun?.(run);
    this.#traces.end(engine, run, rows);
  }
}
