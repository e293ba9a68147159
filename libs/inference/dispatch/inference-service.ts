import { AppError, systemClock, type Clock } from '#kernel';
import { Batcher } from '#scheduling';
import type { RunReport } from '../engine/engine.messages.js';
import type { InferenceRequest, InferenceResult } from '../inference.types.js';
import type { ModelCatalogue } from '../models/model-catalogue.js';
import { EngineFeeder } from './engine-feeder.js';
import type { EngineListener, OpenEngine } from './engine-link.js';
import { EnginePool } from './engine-pool.js';
import { engineHosts } from './engine-process.js';
import type { Engine, PendingWork } from './engine.js';
import type { HostLoss, InferenceObserver } from './inference.observer.js';
import type { InferenceOptions, InferenceStats } from './inference.options.js';
import { PendingRow } from './pending-row.js';
import { RetryList } from './retry-list.js';
import { boundRows, ServedModels } from './served-models.js';
import { Settlement, type AnsweredRows } from './settlement.js';
import { UnfinishedRows } from './unfinished-rows.js';

/**
 * Failed runs after which a row is refused. The first may be another row's fault; from the second on it was alone, so it
 * is what the model throws on, or never comes to an end with. A host lost in any other way gets it one chance more: when
 * several hosts are killed at once, the retry may be on one whose death is not known yet.
 */
const maxFailures = { byRow: 2, lost: 3 };
/** A host that was asked to end has this long; all its rows are answered by then. */
const stopTimeoutMs = 1_000;

export interface ServiceParts {
  clock?: Clock;
  observer?: InferenceObserver;
  /** Engine hosts on this machine by default. */
  openEngine?: OpenEngine;
}

/** A row whose run threw; the reason is for the log. */
interface FailedRow {
  row: PendingWork;
  reason: string;
}

/**
 * Rows in, answers out: holds the waiting list, has the engine hosts fed, and sees every row to its end (answer,
 * deadline, cancellation, retry after a crash).
 */
export class InferenceService {
  readonly #clock: Clock;
  readonly #observer: InferenceObserver;
  readonly #models: ServedModels;
  readonly #batcher: Batcher<PendingRow>;
  readonly #settlement: Settlement;
  readonly #pool: EnginePool;
  readonly #retries = new RetryList();
  readonly #unfinished = new UnfinishedRows();
  readonly #feeder: EngineFeeder;
  #nextId = 0;
  #pumpDue = false;
  #draining = false;
  #onIdle: (() => void) | undefined;

  constructor(
    catalogue: ModelCatalogue,
    options: InferenceOptions,
    { clock = systemClock, observer = {}, openEngine = engineHosts(options) }: ServiceParts = {},
  ) {
    this.#clock = clock;
    this.#observer = observer;
    this.#models = new ServedModels(catalogue, options.maxBatchRows);
    const { maxDispatchMs, maxBacklogMs, hosts: engines } = options;
    const onExpired = ({ payload }: PendingWork) => this.#end(payload, new AppError('deadline.exceeded'));
    this.#batcher = new Batcher({ clock, maxDispatchMs, maxBacklogMs, engines, onExpired });
    for (const ref of this.#models.refs) this.#batcher.register(ref, this.#models.policy(ref));
    this.#settlement = new Settlement(this.#models, this.#batcher, observer);
    this.#feeder = new EngineFeeder({
      ...{ clock, models: this.#models, batcher: this.#batcher, settlement: this.#settlement },
      ...{ retries: this.#retries, unfinished: this.#unfinished },
    });
    const models = catalogue.list().map((model) => boundRows(model, options.maxBatchRows));
    const open = (listener: EngineListener) => openEngine(models, listener);
    this.#pool = new EnginePool({ ...options, open }, clock, {
      onReady: (engine, samples, startMs) => {
        this.#models.fit(samples, engine.link.server === undefined ? options.variant : undefined);
        observer.onHostReady?.({ pid: engine.link.pid, startMs });
        this.#pumpSoon();
      },
      onReport: (engine, report) => this.#onReport(engine, report),
      onDropped: () => this.#pumpSoon(),
      onLost: (engine, rows, loss) => this.#onLost(engine, rows, loss),
      onNotStarted: (reason) => observer.onHostNotStarted?.(reason),
      onCopyLost: (problem) => observer.onCopyLost?.(problem),
      onReplaced: () => observer.onHostReplaced?.(),
    });
  }

  /** `name@revision` of the models that its engines hold. */
  get refs(): ReadonlySet<string> {
    return this.#models.refs;
  }

  /** Starts the hosts and waits until all are warm. @throws when a host cannot load its models. */
  async start(): Promise<void> {
    await this.#pool.start();
  }

  /** An engine is warm and takes work. */
  ready(): boolean {
    return !this.#draining && this.#pool.serving.length > 0;
  }

  /**
   * Runs one row.
   * @throws AppError `overloaded`, `deadline.exceeded`, `request.cancelled`, `text.too_long`, `engine.unavailable`,
   * `service.draining`; `engine.failed` for a row that the model fails on, `internal` for one that does not fit it.
   */
  async infer(request: InferenceRequest): Promise<InferenceResult> {
    if (this.#draining) throw new AppError('service.draining');
    if (request.signal.aborted) throw new AppError('request.cancelled');
    if (request.deadlineAt <= this.#clock.now()) throw new AppError('deadline.exceeded');
    const length = this.#models.lengthOf(request);
    const pending = new PendingRow(this.#nextId++, request, length, this.#clock, (row) => this.#forget(row));
    const { tenantId, weight, deadlineAt, model } = request;
    const row = { tenantId, weight, deadlineAt, model: model.ref, length, payload: pending };
    this.#unfinished.add(row);
    try {
      this.#batcher.offer(row);
      this.#pumpSoon();
    } catch (error) {
      this.#end(pending, AppError.from(error));
    }
    return pending.result;
  }

  stats(): InferenceStats {
    const { engines } = this.#pool;
    return {
      models: [...this.#models.refs].map((model) => ({
        model,
        waiting: this.#batcher.waiting(model),
        inFlight: engines.reduce((sum, engine) => sum + engine.rowsOf(model), 0),
      })),
      backlogMs: this.#batcher.backlogMs,
      hosts: engines.map(({ link: { pid, rssBytes }, rows, draining }) => ({
        pid,
        rows,
        rssBytes,
        draining,
      })),
    };
  }

  /**
   * Takes no new rows, lets the rest finish until `deadlineAt` (milliseconds since the epoch), then rejects what is
   * left with `service.draining` and ends the hosts.
   */
  async close(deadlineAt: number): Promise<void> {
    this.#draining = true;
    await this.#untilIdle(deadlineAt);
    for (const row of this.#unfinished.all()) this.#end(row, new AppError('service.draining'));
    await this.#pool.close(stopTimeoutMs);
  }

  /** Once per turn of the event loop: rows that arrive together are batched together, nobody waits for a timer. */
  #pumpSoon(): void {
    if (this.#pumpDue) return;
    this.#pumpDue = true;
    setImmediate(() => {
      this.#pumpDue = false;
      this.#pump();
    });
  }

  #pump(): void {
    this.#feeder.feed(this.#pool.serving);
  }

  #onReport(engine: Engine, report: RunReport): void {
    const answered: AnsweredRows = { rows: [], ms: 0, computeMs: 0, paddingMs: 0 };
    for (const done of report.done) {
      const row = engine.take(done.id);
      if (row === undefined) continue;
      this.#unfinished.take(row.payload);
      row.payload.resolve(done);
      answered.rows.push(row);
      answered.ms += done.engineMs;
      answered.computeMs += done.computeMs;
      answered.paddingMs += done.paddingMs;
    }
    const failed = this.#takeFailed(engine, report);
    this.#settlement.settle(engine, report, answered);
    if (failed.length > 0) this.#onFailed(engine, failed);
    // At once, not in the next turn: the engine is idle until it hears from us.
    this.#pump();
    if (this.#unfinished.size === 0) this.#onIdle?.();
  }

  #takeFailed(engine: Engine, report: RunReport): FailedRow[] {
    return report.failed.flatMap(({ id, reason }) => {
      const row = engine.take(id);
      return row === undefined ? [] : [{ row, reason }];
    });
  }

  #onFailed(engine: Engine, failed: readonly FailedRow[]): void {
    const rows = failed.map(({ row }) => row);
    this.#settlement.failed(engine, rows, 'engine.failed');
    for (const { row, reason } of failed) {
      const error = new AppError('engine.failed', {}, { internal: { model: row.model, reason } });
      this.#retryOrFail(row, maxFailures.byRow, error);
    }
  }

  #onLost(engine: Engine, rows: PendingWork[], loss: HostLoss): void {
    const { byRun, reason } = loss;
    const [code, failuresAllowed] = byRun
      ? (['engine.failed', maxFailures.byRow] as const)
      : (['engine.unavailable', maxFailures.lost] as const);
    this.#settlement.failed(engine, rows, code);
    this.#observer.onHostLost?.({ ...loss, rows: rows.length });
    for (const row of rows) {
      const error = new AppError(code, {}, { internal: { model: row.model, reason } });
      this.#retryOrFail(row, failuresAllowed, error);
    }
    this.#pumpSoon();
  }

  #retryOrFail(row: PendingWork, failuresAllowed: number, error: AppError): void {
    row.payload.failures++;
    if (row.payload.failures >= failuresAllowed) this.#end(row.payload, error);
    else if (!row.payload.settled) this.#retries.add(row);
  }

  #end(row: PendingRow, error: AppError): void {
    row.reject(error);
    this.#forget(row);
  }

  /** Takes the row out wherever it is, before it costs more. */
  #forget(row: PendingRow): void {
    const work = this.#unfinished.take(row);
    if (work === undefined) return;
    const wasWaiting = this.#batcher.cancel(work) || this.#retries.remove(work);
    const engine = wasWaiting ? undefined : this.#pool.engines.find((each) => each.cancel(row.id));
    if (engine !== undefined) this.#settlement.cancelled(engine, work);
    this.#pumpSoon();
    if (this.#unfinished.size === 0) this.#onIdle?.();
  }

  async #untilIdle(deadlineAt: number): Promise<void> {
    if (this.#unfinished.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      timer = setTimeout(resolve, Math.max(0, deadlineAt - this.#clock.now()));
    });
    clearTimeout(timer);
  }
}
