import assert from 'node:assert/strict';
import { Batcher } from '../batcher.js';
import type { BatchMode, Dispatch, Row } from '../batcher.types.js';
import { CostModel } from '../cost-model.js';
import { IndexedHeap, type HeapItem } from '../indexed-heap.js';

/** What the simulated hardware takes for a run; the predictor has to find out. */
export interface TrueCost {
  fixedMs: number;
  perRowMs: number;
  perTokenMs: number;
}

export interface SimulatedModel {
  model: string;
  mode: BatchMode;
  maxRows: number;
  cost: TrueCost;
}

export interface ServedRow {
  row: Row<number>;
  dispatchedAt: number;
  finishedAt: number;
  computeMs: number;
}

export interface SimulationOptions {
  models: readonly SimulatedModel[];
  engines: number;
  maxDispatchMs: number;
  maxBacklogMs?: number;
  /** Factor on the true run time, e.g. noise. */
  noise?: () => number;
}

interface Event extends HeapItem {
  at: number;
  sequence: number;
  action: () => void;
}

interface Engine {
  busySinglePass: boolean;
  usedSlots: Map<string, number>;
}

const bucket = 8;
/** Rounding of sums of floating-point milliseconds. */
const toleranceMs = 1e-6;

export const paddedLength = (length: number) => Math.ceil(length / bucket) * bucket;
export const trueRunMs = ({ fixedMs, perRowMs, perTokenMs }: TrueCost, rows: number, length: number) =>
  fixedMs + rows * (perRowMs + perTokenMs * length);

/** A predictor warmed up on the true cost, as an engine host does it. */
export function warmCost(cost: TrueCost, maxRows: number): CostModel {
  const model = new CostModel();
  const shapes = [1, maxRows].flatMap((rows) => [bucket, 8 * bucket].map((length) => ({ rows, length })));
  model.fit(shapes.map((shape) => ({ ...shape, ms: trueRunMs(cost, shape.rows, shape.length) })));
  return model;
}

/**
 * Engines and tenants on a virtual clock around the real batcher. Every dispatch is checked against the promises that
 * hold at all times: bounds, order inside a tenant and model, nobody served twice, cancelled or late, and no engine
 * left idle beside work it could do.
 */
export class Simulation {
  now = 0;
  readonly batcher: Batcher<number>;
  readonly served: ServedRow[] = [];
  readonly expired: Row<number>[] = [];
  onFinished: (served: ServedRow) => void = () => undefined;
  private readonly models: Map<string, SimulatedModel>;
  private readonly events = new IndexedHeap<Event>((a, b) =>
    a.at === b.at ? a.sequence < b.sequence : a.at < b.at,
  );
  private readonly engines: Engine[];
  private readonly lastDispatched = new Map<string, number>();
  private readonly gone = new Set<Row<number>>();
  private wakePending = false;
  private eventSequence = 0;
  private rowSequence = 0;

  constructor(private readonly options: SimulationOptions) {
    const { maxDispatchMs, maxBacklogMs = Infinity } = options;
    this.batcher = new Batcher<number>({
      clock: { now: () => this.now },
      maxDispatchMs,
      maxBacklogMs,
      engines: options.engines,
      onExpired: (row) => {
        assert(row.deadlineAt <= this.now, 'dropped before its deadline');
        this.leave(row);
        this.expired.push(row);
      },
    });
    this.models = new Map(options.models.map((model) => [model.model, model]));
    for (const { model, mode, maxRows, cost } of options.models) {
      this.batcher.register(model, { cost: warmCost(cost, maxRows), mode, maxRows, paddedLength });
    }
    this.engines = Array.from({ length: options.engines }, () => ({
      busySinglePass: false,
      usedSlots: new Map(),
    }));
  }

  at(at: number, action: () => void): void {
    this.events.push({ at, sequence: this.eventSequence++, action, heapIndex: -1 });
  }

  /** Runs until nothing is left to happen or the time has come. */
  run(untilMs = Infinity): void {
    for (
      let event = this.events.peek();
      event !== undefined && event.at <= untilMs;
      event = this.events.peek()
    ) {
      this.events.remove(event);
      this.now = event.at;
      event.action();
    }
    if (untilMs < Infinity) this.now = untilMs;
  }

  /** @throws AppError `overloaded` */
  offer(row: Omit<Row<number>, 'payload' | 'weight' | 'deadlineAt'> & Partial<Row<number>>): Row<number> {
    const offered = { weight: 1, deadlineAt: Infinity, ...row, payload: this.rowSequence++ };
    this.batcher.offer(offered);
    // Rows that come at one instant are all there before an engine looks.
    if (!this.wakePending) this.at(this.now, () => this.wakeEngines());
    this.wakePending = true;
    return offered;
  }

  cancel(row: Row<number>): boolean {
    const cancelled = this.batcher.cancel(row);
    if (cancelled) this.leave(row);
    return cancelled;
  }

  computeMsOf(tenantId: string): number {
    return this.served.reduce(
      (sum, { row, computeMs }) => sum + (row.tenantId === tenantId ? computeMs : 0),
      0,
    );
  }

  private wakeEngines(): void {
    this.wakePending = false;
    for (const engine of this.engines) while (this.feed(engine));
  }

  private feed(engine: Engine): boolean {
    const freeSlots = (model: string) =>
      (this.models.get(model)?.maxRows ?? 0) - (engine.usedSlots.get(model) ?? 0);
    const idleEngines = this.engines.filter(({ busySinglePass }) => !busySinglePass).length;
    const { busySinglePass } = engine;
    const dispatch = this.batcher.next({
      models: new Set(this.models.keys()),
      busySinglePass,
      freeSlots,
      idleEngines: Math.max(1, idleEngines),
    });
    if (dispatch === undefined) {
      const admissible = [...this.models.values()].filter(({ model, mode }) =>
        mode === 'continuous' ? freeSlots(model) > 0 : !busySinglePass,
      );
      assert(
        admissible.every(({ model }) => this.batcher.waiting(model) === 0),
        'an engine idles beside work it could do',
      );
      return false;
    }
    this.check(dispatch, freeSlots(dispatch.model));
    if (dispatch.mode === 'continuous') this.join(engine, dispatch);
    else this.start(engine, dispatch);
    return true;
  }

  private check({ model, mode, runs, predictedMs }: Dispatch<number>, freeSlots: number): void {
    const rows = runs.flatMap((run) => run.rows);
    const { maxRows = 0 } = this.models.get(model) ?? {};
    assert(rows.length > 0, 'an empty dispatch');
    assert(
      runs.every((run) => run.rows.length <= maxRows),
      'a run of more than maxRows',
    );
    if (mode === 'continuous') assert(rows.length <= freeSlots, 'more rows than free slots');
    else if (rows.length > 1) {
      assert(predictedMs <= this.options.maxDispatchMs + toleranceMs, 'a dispatch over its time bound');
    }
    for (const row of rows.toSorted((a, b) => a.payload - b.payload)) {
      assert(row.model === model, 'a row of another model');
      assert(row.deadlineAt > this.now, 'an expired row was dispatched');
      this.leave(row);
      const lane = `${row.tenantId} ${model}`;
      assert(row.payload > (this.lastDispatched.get(lane) ?? -1), 'order inside a tenant was broken');
      this.lastDispatched.set(lane, row.payload);
    }
  }

  private start(engine: Engine, { model, runs }: Dispatch<number>): void {
    engine.busySinglePass = true;
    const dispatchedAt = this.now;
    let endsAt = this.now;
    for (const { rows, length } of runs) {
      const ms = this.trueMs(model, rows.length, length);
      endsAt += ms;
      this.at(endsAt, () => this.finish(model, rows, length, ms, dispatchedAt));
    }
    this.at(endsAt, () => {
      engine.busySinglePass = false;
      this.wakeEngines();
    });
  }

  /** Each sequence leaves by itself; how long it takes does not depend on its neighbours. */
  private join(engine: Engine, { model, runs }: Dispatch<number>): void {
    const dispatchedAt = this.now;
    for (const { rows, length } of runs) {
      for (const row of rows) {
        engine.usedSlots.set(model, (engine.usedSlots.get(model) ?? 0) + 1);
        const ms = this.trueMs(model, 1, length);
        this.at(this.now + ms, () => {
          engine.usedSlots.set(model, (engine.usedSlots.get(model) ?? 0) - 1);
          this.finish(model, [row], length, ms, dispatchedAt);
          this.wakeEngines();
        });
      }
    }
  }

  private finish(model: string, rows: Row<number>[], length: number, ms: number, dispatchedAt: number): void {
    const shares = this.batcher.settle(model, { rows: rows.length, length }, rows, ms);
    for (const [i, row] of rows.entries()) {
      const served = { row, dispatchedAt, finishedAt: this.now, computeMs: shares[i]?.computeMs ?? NaN };
      this.served.push(served);
      this.onFinished(served);
    }
  }

  private trueMs(model: string, rows: number, length: number): number {
    const { cost } = this.models.get(model) ?? {};
    return cost === undefined ? 0 : trueRunMs(cost, rows, length) * (this.options.noise?.() ?? 1);
  }

  private leave(row: Row<number>): void {
    assert(!this.gone.has(row), 'dispatched, expired or cancelled twice');
    this.gone.add(row);
  }
}
