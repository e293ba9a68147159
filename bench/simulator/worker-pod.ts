import { Batcher, clusterReleaseWindowMs, CostModel, maxDispatchMs, type Row } from '#scheduling';
import { JobConcurrency } from '../../libs/queue/redis/job-concurrency.js';
import { runMs, type ServiceCurve } from './service-curve.js';
import type { VirtualTime } from './virtual-time.js';

/** One request on its way. */
export interface Job {
  arrivedAt: number;
  /** What the lists took it for. */
  costMs: number;
}

/** Rows that travel together. */
export type Parcel = readonly Row<Job>[];

/** One that this pod has taken. */
interface OpenParcel {
  rowsLeft: number;
  tookMs: number;
  onEnd: () => void;
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
  private readonly parcelOf = new Map<Row<Job>, OpenParcel>();
  private readonly jobConcurrency: JobConcurrency;

  constructor(private readonly options: PodOptions) {
    const { time, curves, engines } = options;
    this.idle = engines;
    this.jobConcurrency = new JobConcurrency(clusterReleaseWindowMs * engines);
    this.models = new Set(curves.keys());
    this.batcher = new Batcher<Job>({
      clock: time,
      maxDispatchMs,
      maxBacklogMs: Infinity,
      engines,
      onExpired: (row) => {
        options.onExpired(row);
        this.left(row, 0);
      },
    });
    for (const [model, curve] of curves) {
      const cost = new CostModel();
      cost.fit(curve.runs.map(({ rows }) => ({ rows, length: 1, ms: runMs(curve, rows) })));
      const policy = { cost, mode: 'single-pass' as const, maxRows: curve.maxRows, paddedLength: () => 1 };
      this.batcher.register(model, policy);
    }
  }

  get concurrency(): number {
    return this.jobConcurrency.value;
  }

  take(parcel: Parcel, onEnd: () => void): void {
    const open = { rowsLeft: parcel.length, tookMs: 0, onEnd };
    for (const row of parcel) {
      this.parcelOf.set(row, open);
      this.heldMs += row.payload.costMs;
      this.batcher.offer(row);
    }
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
      const computeMs = shares[i]?.computeMs ?? 0;
      this.options.onAnswered(row, computeMs);
      this.left(row, computeMs);
    }
  }

  private left(row: Row<Job>, computeMs: number): void {
    this.heldMs -= row.payload.costMs;
    const parcel = this.parcelOf.get(row);
    if (parcel === undefined) return;
    this.parcelOf.delete(row);
    parcel.tookMs += computeMs;
    if (--parcel.rowsLeft > 0) return;
    this.jobConcurrency.observe(parcel.tookMs);
    parcel.onEnd();
  }
}
