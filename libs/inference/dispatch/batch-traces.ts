import type { ErrorCode } from '#kernel';
import type { Engine, PendingWork } from './engine.js';
import type { InferenceObserver, RunObservation, TracedBatch } from './inference.observer.js';

/**
 * Which batch each traced row was in, told to both. A batch here is what settles together: one run of a single-pass
 * model, or the sentences that left a decoder between two settlements, so a row is in one batch and the links of all
 * batches add up to the rows. It opens with the first answer, as a row's caller does not wait for the last.
 *
 * Rejected for decoders: a batch from the first sentence in until the decoder is empty, which under load is never;
 * and one for each message to the engine, which holds one row most of the time and says nothing of who shared steps.
 */
export class BatchTraces {
  readonly #observer: InferenceObserver;
  readonly #open = new WeakMap<Engine, Map<string, TracedBatch>>();

  constructor(observer: InferenceObserver) {
    this.#observer = observer;
  }

  /** Links rows that are no longer in flight with the batch that held them. */
  hold(engine: Engine, model: string, rows: readonly PendingWork[]): void {
    for (const { payload } of rows) {
      const { trace } = payload.request;
      if (trace === undefined) continue;
      const batch = this.#find(engine, model) ?? this.#begin(engine, model, rows);
      if (batch === undefined) return;
      batch.linkTo(trace.reference);
      trace.linkTo(batch.reference);
    }
  }

  end(engine: Engine, run: RunObservation): void {
    this.#take(engine, run.model)?.answered(run);
  }

  fail(engine: Engine, model: string, rows: readonly PendingWork[], code: ErrorCode): void {
    this.hold(engine, model, rows);
    this.#take(engine, model)?.failed(code);
  }

  #begin(engine: Engine, model: string, rows: readonly PendingWork[]): TracedBatch | undefined {
    const sentAt = Math.min(engine.oldestOf(model), ...rows.map(({ payload }) => payload.sentAt));
    const batch = this.#observer.onBatch?.({
      model,
      enginePid: engine.link.pid,
      server: engine.link.server,
      sentAt,
    });
    if (batch === undefined) return undefined;
    const models = this.#open.get(engine) ?? new Map<string, TracedBatch>();
    this.#open.set(engine, models.set(model, batch));
    return batch;
  }

  #find(engine: Engine, model: string): TracedBatch | undefined {
    return this.#open.get(engine)?.get(model);
  }

  #take(engine: Engine, model: string): TracedBatch | undefined {
    const batch = this.#find(engine, model);
    this.#open.get(engine)?.delete(model);
    return batch;
  }
}
