import type { Clock } from '#kernel';
import { slotsPerEngine, type Batcher, type BatchMode, type EngineState, type PackedRun } from '#scheduling';
import type { Engine, PendingWork } from './engine.js';
import { paddedLength } from './length-bucket.js';
import type { PendingRow } from './pending-row.js';
import type { RetryList } from './retry-list.js';
import type { ServedModels } from './served-models.js';
import type { Settlement } from './settlement.js';
import { patienceFor } from './silence.js';
import type { UnfinishedRows } from './unfinished-rows.js';

/** What waits, and what it is packed by. */
export interface FeederParts {
  clock: Clock;
  models: ServedModels;
  batcher: Batcher<PendingRow>;
  settlement: Settlement;
  retries: RetryList;
  unfinished: UnfinishedRows;
}

/** Decides what each engine gets next: as much as it has room for, in the batcher's order, and retries by themselves. */
export class EngineFeeder {
  readonly #parts: FeederParts;

  constructor(parts: FeederParts) {
    this.#parts = parts;
  }

  feed(engines: readonly Engine[]): void {
    // One that is at other rows as well comes back: the one kept for retries, which is nearly empty, is not given up for it.
    const serving = engines.filter(({ busyForNobody, rows }) => !busyForNobody || rows > 0);
    for (const engine of engines) {
      if (engine.busyForNobody) continue;
      if (this.#parts.retries.holds(engine, serving)) this.#sendRetry(engine);
      else this.#fill(engine, engines);
    }
  }

  /** Gives the engine whatever it has room for. */
  #fill(engine: Engine, engines: readonly Engine[]): void {
    const { batcher, models } = this.#parts;
    for (;;) {
      const state: EngineState = {
        models: models.refs,
        busySinglePass: engine.busySinglePass,
        freeSlots: (model) => this.#slotsOf(model, engines) - engine.rowsOf(model),
        idleEngines: Math.max(1, engines.filter(({ isIdle }) => isIdle).length),
      };
      const dispatch = batcher.next(state);
      if (dispatch === undefined) return;
      for (const run of dispatch.runs) this.#send(engine, dispatch.model, dispatch.mode, run);
    }
  }

  /** Decoder slots of a continuous model that each engine may fill now. */
  #slotsOf(model: string, engines: readonly Engine[]): number {
    const { batcher, models, unfinished } = this.#parts;
    const rows = engines.reduce((sum, engine) => sum + engine.rowsOf(model), batcher.waiting(model));
    const slots = slotsPerEngine(rows, engines.length, unfinished.isCrowded(model));
    return Math.min(models.policy(model).maxRows, slots);
  }

  /** A row that was in a failed run goes alone: if it is the cause, it takes nobody along a second time. */
  #sendRetry(engine: Engine): void {
    const row = engine.rows === 0 ? this.#parts.retries.take() : undefined;
    if (row === undefined) return;
    const { cost, mode } = this.#parts.models.policy(row.model);
    const length = paddedLength(row.length);
    this.#send(engine, row.model, mode, { rows: [row], length, predictedMs: cost.runMs(1, length) });
  }

  #send(engine: Engine, model: string, mode: BatchMode, run: PackedRun<PendingWork>): void {
    const { clock, models, settlement } = this.#parts;
    const trace = settlement.sending(engine, model, run.rows, clock.now());
    const { isMeasured, chargedShare } = models.policy(model).cost;
    const patience = patienceFor(run.predictedMs, isMeasured, chargedShare);
    engine.send(model, mode === 'continuous', run, patience, trace);
  }
}
