import { AppError, type Clock } from '#kernel';
import { Backlog } from './backlog.js';
import type { Dispatch, EngineState, ModelPolicy, Row } from './batcher.types.js';
import type { RunShape } from './cost-model.js';
import { DispatchBudget } from './dispatch-budget.js';
import { FairAccounts } from './fair-accounts.js';
import { FairQueue } from './fair-queue.js';
import { packByLength } from './pack-by-length.js';
import { shareCompute, type ComputeShare } from './share-compute.js';
import { rowsPerEngine } from './spread-rows.js';
import { WaitingRows, type WaitingRow } from './waiting-rows.js';

/** Bounds the planning of a dispatch where rows are predicted to cost next to nothing. */
const maxRowsPerDispatch = 256;

export interface BatcherOptions<T> {
  clock: Clock;
  /** A dispatch is bounded by its predicted compute time; a row that alone costs more runs alone. */
  maxDispatchMs: number;
  maxBacklogMs: number;
  /** Engines that share the work. */
  engines: number;
  /** Told once of each row dropped because its deadline came while it waited. May call the batcher. */
  onExpired?: (row: Row<T>) => void;
}

interface ModelLine<T> {
  readonly model: string;
  policy: ModelPolicy;
  readonly queue: FairQueue<Row<T>>;
}

/**
 * Work-conserving dynamic batcher for one pool of engines, over many models and tenants. It never waits for more
 * work: an engine with room gets what is there, and work gathers only while all are busy.
 *
 * Tenants share each *resource* by weight: the single-pass time of the pool (one account over all its models), and
 * the decoder slots of each continuous model. Slots and single-pass time are given out side by side, so one account
 * over both would let a tenant run up debt without bound on an idle resource and then starve on a busy one.
 */
export class Batcher<T> {
  private readonly lines = new Map<string, ModelLine<T>>();
  private readonly singlePassAccounts = new FairAccounts();
  private readonly rows = new WaitingRows<T>();
  private readonly backlog: Backlog;
  private lastSequence = 0;
  /** What dispatched rows have paid so far; weak, as a crashed run is never settled. */
  private readonly paidMs = new WeakMap<Row<T>, number>();

  constructor(private readonly options: BatcherOptions<T>) {
    this.backlog = new Backlog(options.clock, options.maxBacklogMs, options.engines);
  }

  /** Predicted compute of everything that waits. */
  get backlogMs(): number {
    return this.backlog.totalMs;
  }

  waiting(model?: string): number {
    return model === undefined ? this.rows.size : (this.lines.get(model)?.queue.size ?? 0);
  }

  /** Adds a model, or replaces the policy of one whose rows keep waiting; its mode is fixed. */
  register(model: string, policy: ModelPolicy): void {
    const line = this.lines.get(model);
    if (line !== undefined) line.policy = policy;
    else {
      const accounts = policy.mode === 'single-pass' ? this.singlePassAccounts : new FairAccounts();
      this.lines.set(model, { model, policy, queue: new FairQueue(accounts) });
    }
  }

  /** @throws AppError `overloaded` when the backlog, or this tenant's part of it, is at its bound */
  offer(row: Row<T>): void {
    const { queue, policy } = this.line(row.model);
    if (this.rows.get(row) !== undefined)
      throw new AppError('internal', {}, { internal: { reason: 'this row waits already' } });
    const costMs = policy.cost.rowMs(policy.paddedLength(row.length));
    if (!this.backlog.hasRoom(row.tenantId, row.weight, costMs)) {
      this.dropExpired();
      if (!this.backlog.hasRoom(row.tenantId, row.weight, costMs)) throw this.backlog.overloaded();
    }
    const { tenantId, weight } = row;
    const waiting = { tenantId, weight, costMs, value: row, sequence: ++this.lastSequence, heapIndex: -1 };
    queue.push(waiting);
    this.rows.add(waiting);
    this.backlog.add(waiting);
  }

  /** Takes a waiting row out; false when it is not waiting (any more). */
  cancel(row: Row<T>): boolean {
    const waiting = this.rows.get(row);
    if (waiting === undefined) return false;
    this.discard(waiting);
    return true;
  }

  /** What this engine should do now; undefined when there is nothing it may run. Ask again until it says so. */
  next(engine: EngineState): Dispatch<T> | undefined {
    this.dropExpired();
    const line = this.choose(engine);
    if (line === undefined) return undefined;
    const { model, policy } = line;
    const rows = this.take(line, engine).map((value) => ({ length: value.length, value }));
    const runs = packByLength(rows, policy.cost, policy.maxRows, (length) => policy.paddedLength(length));
    return {
      model,
      mode: policy.mode,
      runs,
      predictedMs: runs.reduce((sum, run) => sum + run.predictedMs, 0),
    };
  }

  /**
   * Actual cost of a finished run (of a continuous model: of sequences that left, with the decoder time they used):
   * corrects predictor and fairness, as tenants pay what their rows cost.
   * @param computeMs what its rows cost, where that is not the engine's time: a core may be others' meanwhile
   * @returns each row's share, in the order of `rows`
   */
  settle(
    model: string,
    shape: RunShape,
    rows: readonly Row<T>[],
    ms: number,
    computeMs = ms,
  ): ComputeShare[] {
    const { policy, queue } = this.line(model);
    policy.cost.observe(shape, ms, computeMs);
    const shares = shareCompute(rows, shape.length, computeMs);
    const owed = new Map<string, number>();
    for (const [i, row] of rows.entries()) {
      const deltaMs = (shares[i]?.computeMs ?? 0) - (this.paidMs.get(row) ?? 0);
      this.paidMs.delete(row);
      owed.set(row.tenantId, (owed.get(row.tenantId) ?? 0) + deltaMs);
    }
    for (const [tenantId, deltaMs] of owed) queue.charge(tenantId, deltaMs);
    return shares;
  }

  /** The fairest single-pass model and each joinable continuous one are equally due: the oldest head goes first. */
  private choose(engine: EngineState): ModelLine<T> | undefined {
    let fairest: ModelLine<T> | undefined;
    let oldest: ModelLine<T> | undefined;
    for (const model of engine.models) {
      const line = this.lines.get(model);
      if (line === undefined || line.queue.size === 0) continue;
      if (line.policy.mode === 'single-pass') {
        if (engine.busySinglePass) continue;
        if (fairest === undefined || line.queue.isFairerThan(fairest.queue)) fairest = line;
      } else if (engine.freeSlots(model) >= 1 && this.headSequence(line) < this.headSequence(oldest))
        oldest = line;
    }
    return this.headSequence(oldest) < this.headSequence(fairest) ? oldest : fairest;
  }

  /** Pops rows in fair order, as many as the dispatch may hold. */
  private take(line: ModelLine<T>, engine: EngineState): Row<T>[] {
    const { policy, queue, model } = line;
    const continuous = policy.mode === 'continuous';
    const budget = new DispatchBudget(policy.cost, {
      maxMs: continuous ? Infinity : this.options.maxDispatchMs,
      maxRows: Math.min(
        continuous ? Math.floor(engine.freeSlots(model)) : Math.max(maxRowsPerDispatch, policy.maxRows),
        this.fairPart(line, engine),
      ),
      maxRowsPerRun: policy.maxRows,
    });
    const taken: WaitingRow<T>[] = [];
    for (let head = queue.peek(); head !== undefined; head = queue.peek()) {
      const waiting = this.rows.get(head.value);
      if (waiting === undefined || !budget.take(policy.paddedLength(waiting.value.length))) break;
      queue.pop();
      this.rows.delete(waiting);
      this.paidMs.set(waiting.value, waiting.costMs);
      taken.push(waiting);
    }
    this.backlog.dispatched(taken);
    return taken.map(({ value }) => value);
  }

  /** Rows this engine should leave to no other idle one; those serve other models too, in proportion to what waits. */
  private fairPart({ queue, policy }: ModelLine<T>, { idleEngines = 1 }: EngineState): number {
    const head = queue.peek();
    const engines = Math.round((idleEngines * queue.backlogMs) / this.backlogMs);
    if (head === undefined || !(engines > 1)) return Infinity;
    const length = policy.paddedLength(head.value.length);
    const { cost, maxRows } = policy;
    const fullMs = cost.runMs(maxRows, length);
    return rowsPerEngine(queue.size, engines, (rows) => {
      const rest = rows % maxRows;
      return Math.floor(rows / maxRows) * fullMs + (rest === 0 ? 0 : cost.runMs(rest, length));
    });
  }

  private headSequence(line: ModelLine<T> | undefined): number {
    const head = line?.queue.peek();
    return head === undefined ? Infinity : (this.rows.get(head.value)?.sequence ?? Infinity);
  }

  private dropExpired(): void {
    const now = this.options.clock.now();
    for (let row = this.rows.expired(now); row !== undefined; row = this.rows.expired(now)) {
      this.discard(row);
      this.options.onExpired?.(row.value);
    }
  }

  private discard(waiting: WaitingRow<T>): void {
    this.rows.delete(waiting);
    this.line(waiting.value.model).queue.remove(waiting);
    this.backlog.remove(waiting);
  }

  private line(model: string): ModelLine<T> {
    const line = this.lines.get(model);
    if (line === undefined) throw new AppError('internal', {}, { internal: { unregisteredModel: model } });
    return line;
  }
}
