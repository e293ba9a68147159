import type { ErrorCode, SpanReference } from '#kernel';
import type { Engine, PendingWork } from './engine.js';
import type { InferenceObserver, RunObservation, TracedBatch } from './inference.observer.js';
import type { PendingRow } from './pending-row.js';

/**
 * Which batch each traced row was in, told to both. A batch here is what settles together: one run of a single-pass
 * model, or the sentences that left a decoder between two settlements, so a row is in one batch and the links of all
 * batches add up to the rows. It opens with the first answer, as a row's caller does not wait for the last.
 *
 * Rejected for decoders: a batch from the first sentence in until the decoder is empty, which under load is never;
 * and one for each message to the engine, which holds one row most of the time and says nothing of who shared steps.
 *
 * What is sent to a server elsewhere is one run, and opens when it is sent: the server's spans are to be in its trace.
 */
export class BatchTraces {
  readonly #observer: InferenceObserver;
  readonly #open = new WeakMap<Engine, Map<string, TracedBatch>>();
  /** Of rows that a server elsewhere has: several runs of a model may lie there. */
  readonly #sent = new WeakMap<PendingRow, SentBatch>();

  constructor(observer: InferenceObserver) {
    this.#observer = observer;
  }

  /** Opens the batch that is about to be sent; undefined where none of its rows is traced. */
  open(engine: Engine, model: string, rows: readonly PendingWork[], now: number): SpanReference | undefined {
    if (!rows.some(({ payload }) => payload.request.trace !== undefined)) return undefined;
    const batch = this.#ask(engine, model, now);
    if (batch === undefined) return undefined;
    const sent = new SentBatch(batch, rows.length);
    for (const { payload } of rows) this.#sent.set(payload, sent);
    return batch.reference;
  }

  /** Nobody waits for this row any more; for a batch whose rows all went that way, that is its end. */
  abandon({ payload }: PendingWork): void {
    const sent = this.#sent.get(payload);
    if (sent === undefined) return;
    sent.rows--;
    if (sent.rows === 0) sent.end((batch) => batch.failed('request.cancelled'));
  }

  /** Links rows that are no longer in flight with the batch that held them. */
  hold(engine: Engine, model: string, rows: readonly PendingWork[]): void {
    for (const { payload } of rows) {
      const { trace } = payload.request;
      if (trace === undefined) continue;
      const batch =
        this.#sent.get(payload)?.batch ??
        this.#find(engine, model) ??
        this.#begin(engine, model, oldestOf(engine, model, rows));
      if (batch === undefined) return;
      batch.linkTo(trace.reference);
      trace.linkTo(batch.reference);
    }
  }

  end(engine: Engine, run: RunObservation, rows: readonly PendingWork[]): void {
    for (const sent of this.#sentOf(rows)) sent.end((batch) => batch.answered(run));
    this.#take(engine, run.model)?.answered(run);
  }

  fail(engine: Engine, model: string, rows: readonly PendingWork[], code: ErrorCode): void {
    this.hold(engine, model, rows);
    for (const sent of this.#sentOf(rows)) sent.end((batch) => batch.failed(code));
    this.#take(engine, model)?.failed(code);
  }

  #begin(engine: Engine, model: string, sentAt: number): TracedBatch | undefined {
    const batch = this.#ask(engine, model, sentAt);
    if (batch === undefined) return undefined;
    const models = this.#open.get(engine) ?? new Map<string, TracedBatch>();
    this.#open.set(engine, models.set(model, batch));
    return batch;
  }

  #ask({ link: { pid, server } }: Engine, model: string, sentAt: number): TracedBatch | undefined {
    return this.#observer.onBatch?.({ model, enginePid: pid, server, sentAt });
  }

  #sentOf(rows: readonly PendingWork[]): Set<SentBatch> {
    const sent = rows.map(({ payload }) => this.#sent.get(payload)).filter((each) => each !== undefined);
    return new Set(sent);
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

/** When the first of these rows, and of those still in flight, was sent. */
function oldestOf(engine: Engine, model: string, rows: readonly PendingWork[]): number {
  return Math.min(engine.oldestOf(model), ...rows.map(({ payload }) => payload.sentAt));
}

/** A batch that was opened for a run, and ends once: answered, failed, or when all its rows were given up. */
class SentBatch {
  #ended = false;

  constructor(
    readonly batch: TracedBatch,
    /** Those that somebody waits for. */
    public rows: number,
  ) {}

  end(how: (batch: TracedBatch) => void): void {
    if (!this.#ended) how(this.batch);
    this.#ended = true;
  }
}
