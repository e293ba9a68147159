import { Batcher, CostModel, maxDispatchMs, type Row } from '#scheduling';
import { runMs, type ServiceCurve } from './service-curve.js';
import type { VirtualTime } from './virtual-time.js';

/** One request on its way. */
export interface Job {
  arrivedAt: number;
  /** What the lists took it for. */
  costMs: number;
}

export interface PodOptions {
  time: VirtualTime;
  curves: ReadonlyMap<string, ServiceCurve>;
  engines: number;
  /** Factor on the measured time of each run. */
  noise: () => number;
  /** Told of each row that an engine has answered, with its share of the run. */
  onAnswered: (row: Row<Job>, computeMs: number) => void;
  /** Told of each row whose deadline came while it waited for an engine. */
  onExpired: (row: Row<Job>) => void;
}

/**
 * A worker: the real batcher over engines whose runs take as long as was measured. A translation is one run here, not a
 * step of its decoder at a time: minutes of scaling do not depend on when exactly a row leaves its batch.
 */
export class WorkerPod {
  readonly batcher: Batcher<Job>;
  /** Predicted time of what it has taken and not answered. */
  heldMs = 0;
  busyMs = 0;
  private idle: number;
  private wakePending = false;
  private readonly models: ReadonlySet<string>;

  constructor(private readonly options: PodOptions) {
    const { time, curves, engines } = options;
    this.idle = engines;
    this.models = new Set(curves.keys());
    this.batcher = new Batcher<Job>({
      clock: time,
      maxDispatchMs,
      maxBacklogMs: Infinity,
      onExpired: (row) => {
        this.heldMs -= row.payload.costMs;
        options.onExpired(row);
      },
    });
    for (const [model, curve] of curves) {
      const cost = new CostModel();
      cost.fit(curve.runs.map(({ rows }) => ({ rows, length: 1, ms: runMs(curve, rows) })));
      const policy = { cost, mode: 'single-pass' as const, maxRows: curve.maxRows, paddedLength: () => 1 };
      this.batcher.register(model, policy);
    }
  }

  take(row: Row<Job>): void {
    this.heldMs += row.payload.costMs;
    this.batcher.offer(row);
    if (this.wakePending || this.idle === 0) return;
    // Rows that come at one instant are all there before an engine looks.
    this.wakePending = true;
    this.options.time.at(this.options.time.now(), () => {
      this.wakePending = false;
      while (this.idle > 0 && this.start());
    });
  }

  private start(): boolean {
    const dispatch = this.batcher.next({
      models: this.models,
      busySinglePass: false,
      freeSlots: () => 0,
      idleEngines: this.idle,
    });
    if (dispatch === undefined) return false;
    const { time, noise, curves } = this.options;
    const curve = curves.get(dispatch.model);
    this.idle--;
    let endsAt = time.now();
    for (const { rows } of dispatch.runs) {
      const ms = curve === undefined ? 0 : runMs(curve, rows.length) * noise();
      endsAt += ms;
      time.at(endsAt, () => {
        this.finish(dispatch.model, rows, ms);
      });
    }
    time.at(endsAt, () => {
      this.idle++;
      while (this.idle > 0 && this.start());
    });
    return true;
  }

  private finish(model: string, rows: readonly Row<Job>[], ms: number): void {
    this.busyMs += ms;
    const shares = this.batcher.settle(model, { rows: rows.length, length: 1 }, rows, ms);
    for (const [i, row] of rows.entries()) {
      this.heldMs -= row.payload.costMs;
      this.options.onAnswered(row, shares[i]?.computeMs ?? 0);
    }
  }
}
