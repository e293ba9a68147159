import type { Batcher, RunShape } from '#scheduling';
import type { RunReport } from '../engine/engine.messages.js';
import type { Engine, PendingWork } from './engine.js';
import type { InferenceObserver } from './inference.observer.js';
import { paddedLength } from './length-bucket.js';
import type { PendingRow } from './pending-row.js';
import type { ServedModels } from './served-models.js';

/** Rows that were answered, with the engine time that was theirs. */
export interface AnsweredRows {
  rows: PendingWork[];
  ms: number;
  paddingMs: number;
}

/** Tells the batcher and the observer what runs have cost. */
export class Settlement {
  readonly #models: ServedModels;
  readonly #batcher: Batcher<PendingRow>;
  readonly #observer: InferenceObserver;
  /** Sentences that left a decoder and are not settled yet; gone with their engine. */
  readonly #left = new WeakMap<Engine, Map<string, AnsweredRows>>();

  constructor(models: ServedModels, batcher: Batcher<PendingRow>, observer: InferenceObserver) {
    this.#models = models;
    this.#batcher = batcher;
    this.#observer = observer;
  }

  settle(engine: Engine, { ref, rows, length, ms }: RunReport, answered: AnsweredRows): void {
    if (this.#models.policy(ref).mode === 'single-pass') {
      if (answered.rows.length > 0) this.#tell(ref, { rows, length }, answered, ms);
      return;
    }
    const due = this.#gather(engine, ref, answered);
    if (due === undefined) return;
    const tokens = due.rows.reduce((sum, row) => sum + paddedLength(row.length), 0);
    this.#tell(ref, { rows: due.rows.length, length: tokens / due.rows.length }, due, due.ms);
  }

  /**
   * Gathers a continuous model's finished sentences until as many have left as still decode together. A sentence's
   * time is its share of steps run at that company; settled one by one it would be compared with the prediction for
   * a sentence alone, and the predictor would learn that everything is cheap.
   */
  #gather(engine: Engine, model: string, answered: AnsweredRows): AnsweredRows | undefined {
    const models = this.#left.get(engine) ?? new Map<string, AnsweredRows>();
    this.#left.set(engine, models);
    const sum = models.get(model) ?? { rows: [], ms: 0, paddingMs: 0 };
    sum.rows.push(...answered.rows);
    sum.ms += answered.ms;
    sum.paddingMs += answered.paddingMs;
    const settled = sum.rows.length > 0 && sum.rows.length >= engine.rowsOf(model);
    if (settled) models.delete(model);
    else models.set(model, sum);
    return settled ? sum : undefined;
  }

  #tell(model: string, shape: RunShape, { rows, paddingMs }: AnsweredRows, ms: number): void {
    const predictedMs = this.#models.policy(model).cost.predictMs(shape);
    this.#batcher.settle(model, shape, rows, ms);
    this.#observer.onRun?.({
      model,
      rows: shape.rows,
      length: shape.length,
      ms,
      predictedMs,
      paddingRatio: ms > 0 ? paddingMs / ms : 0,
      waitMs: rows.map(({ payload }) => payload.waitMs),
    });
  }
}
