import type { Row } from '#scheduling';
import type { ServiceCurve } from './service-curve.js';
import { TaskQueue } from './task-queue.js';
import type { VirtualTime } from './virtual-time.js';
import { drawTurn, WorkerLine } from './worker-line.js';
import { WorkerPod, type Job, type Parcel } from './worker-pod.js';

export interface ClusterOptions {
  time: VirtualTime;
  curves: readonly ServiceCurve[];
  enginesPerPod: number;
  /** What may wait for each engine, as `MAX_BACKLOG_S`. */
  maxBacklogMsPerEngine: number;
  deadlineMs: number;
  /** To a worker and back while nothing else is there. */
  wayMs: number;
  /** What starting a parcel keeps a worker from its place in line. */
  startMs: number;
  noise: () => number;
  /** Chance, in [0, 1). */
  random: () => number;
  onAnswered: (row: Row<Job>) => void;
  /** Refused at the door, or expired while it waited. */
  onLost: () => void;
}

export interface Arrival {
  tenantId: string;
  weight: number;
  model: string;
}

interface ServedTask {
  queue: TaskQueue;
  line: WorkerLine<Parcel>;
}

/** The queue between machines and its workers, on a virtual clock: who is refused, who is next, and on which pod. */
export class VirtualCluster {
  readonly pods: WorkerPod[] = [];
  /** Time of engines at work since the start, of pods that are gone too. */
  private goneBusyMs = 0;
  private readonly tasks = new Map<string, ServedTask>();
  private readonly curves: ReadonlyMap<string, ServiceCurve>;

  constructor(private readonly options: ClusterOptions) {
    const { time, curves, maxBacklogMsPerEngine, onLost, wayMs, startMs, random } = options;
    this.curves = new Map(curves.map((curve) => [curve.model, curve]));
    const turnMs = drawTurn(wayMs, random);
    for (const { model, runs, servingMsPerRow } of curves) {
      const full = runs.at(-1) ?? { ms: 1, rows: 1 };
      const costMs = full.ms / full.rows + servingMsPerRow;
      const queue = new TaskQueue({ time, costMs, maxBacklogMsPerEngine, onExpired: onLost });
      this.tasks.set(model, { queue, line: new WorkerLine<Parcel>(time, turnMs, startMs) });
    }
  }

  get engines(): number {
    return this.pods.length * this.options.enginesPerPod;
  }

  get waitingMs(): number {
    return [...this.tasks.values()].reduce((sum, { queue }) => sum + queue.waitingMs, 0);
  }

  get busyMs(): number {
    return this.pods.reduce((sum, { busyMs }) => sum + busyMs, this.goneBusyMs);
  }

  submit({ tenantId, weight, model }: Arrival): void {
    const task = this.task(model);
    const arrivedAt = this.options.time.now();
    const deadlineAt = arrivedAt + this.options.deadlineMs;
    const payload = { arrivedAt, costMs: task.queue.costMs };
    task.line.after(1, () => {
      const row = { tenantId, weight, model, length: 1, deadlineAt, payload };
      if (task.queue.push(row)) this.release(task);
      else this.options.onLost();
    });
  }

  addPod(): void {
    const { time, enginesPerPod: engines, noise } = this.options;
    const onAnswered = (row: Row<Job>, computeMs: number) => {
      this.settle(row, computeMs, () => {
        this.options.onAnswered(row);
      });
    };
    const onExpired = (row: Row<Job>) => {
      this.settle(row, 0, this.options.onLost);
    };
    const pod = new WorkerPod({ time, curves: this.curves, engines, noise, onAnswered, onExpired });
    this.pods.push(pod);
    for (const { line } of this.tasks.values()) line.join(pod);
    this.resized();
  }

  /** The youngest takes nothing more and ends when it has answered what it holds. */
  removePod(): void {
    const pod = this.pods.pop();
    if (pod === undefined) return;
    for (const { line } of this.tasks.values()) line.leave(pod);
    this.goneBusyMs += pod.busyMs + pod.heldMs;
    this.resized();
  }

  /** What has left its worker makes room in the window; its reply goes on to the gateway. */
  private settle(row: Row<Job>, computeMs: number, onReply: () => void): void {
    const task = this.task(row.model);
    task.line.after(1, () => {
      task.queue.settle(row, computeMs);
      this.release(task);
      task.line.after(1, onReply);
    });
  }

  private release({ queue, line }: ServedTask): void {
    const parcels = queue.release();
    if (parcels.length === 0) return;
    line.after(1, () => {
      line.add(parcels);
    });
  }

  private resized(): void {
    for (const task of this.tasks.values()) {
      task.queue.resize(this.engines);
      this.release(task);
    }
  }

  private task(model: string): ServedTask {
    const task = this.tasks.get(model);
    if (task === undefined) throw new Error(`no curve of ${model}`);
    return task;
  }
}
