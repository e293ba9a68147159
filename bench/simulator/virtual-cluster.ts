import { Backlog, clusterReleaseWindowMs, LanedFairQueue, type FairEntry, type Row } from '#scheduling';
import type { ServiceCurve } from './service-curve.js';
import type { VirtualTime } from './virtual-time.js';
import { WorkerPod, type Job } from './worker-pod.js';

export interface ClusterOptions {
  time: VirtualTime;
  curves: readonly ServiceCurve[];
  enginesPerPod: number;
  /** What may wait for each engine, as `MAX_BACKLOG_S`. */
  maxBacklogMsPerEngine: number;
  deadlineMs: number;
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

/** Of its part of the window, how much a worker takes: the queue's own figure. */
const headroom = 1.5;

type Entry = FairEntry<Row<Job>>;

/** The lists of one task, as they stand in Redis: fair order, a bound, a window of what workers may hold. */
interface TaskQueue {
  waiting: LanedFairQueue<Row<Job>>;
  entries: Set<Entry>;
  room: Backlog;
  releasedMs: number;
  costMs: number;
}

/** The queue between machines and its workers, on a virtual clock: who is refused, who is next, and on which pod. */
export class VirtualCluster {
  readonly pods: WorkerPod[] = [];
  /** Time of engines at work since the start, of pods that are gone too. */
  private goneBusyMs = 0;
  private readonly queues = new Map<string, TaskQueue>();
  private readonly curves: ReadonlyMap<string, ServiceCurve>;

  constructor(private readonly options: ClusterOptions) {
    this.curves = new Map(options.curves.map((curve) => [curve.model, curve]));
    for (const { model, runs, servingMsPerRow } of options.curves) {
      const full = runs.at(-1) ?? { ms: 1, rows: 1 };
      const costMs = full.ms / full.rows + servingMsPerRow;
      this.queues.set(model, {
        waiting: new LanedFairQueue(),
        entries: new Set(),
        room: this.newRoom(),
        releasedMs: 0,
        costMs,
      });
    }
  }

  get engines(): number {
    return this.pods.length * this.options.enginesPerPod;
  }

  get waitingMs(): number {
    return [...this.queues.values()].reduce((sum, { room }) => sum + room.totalMs, 0);
  }

  get busyMs(): number {
    return this.pods.reduce((sum, { busyMs }) => sum + busyMs, this.goneBusyMs);
  }

  submit({ tenantId, weight, model }: Arrival): void {
    const queue = this.queues.get(model);
    if (queue === undefined) throw new Error(`no curve of ${model}`);
    const { costMs, room } = queue;
    if (!room.hasRoom(tenantId, weight, costMs)) {
      this.options.onLost();
      return;
    }
    const arrivedAt = this.options.time.now();
    const deadlineAt = arrivedAt + this.options.deadlineMs;
    const value = { tenantId, weight, model, length: 1, deadlineAt, payload: { arrivedAt, costMs } };
    const entry = { tenantId, weight, costMs, value };
    queue.waiting.push('interactive', entry);
    queue.entries.add(entry);
    room.add(entry);
    this.release(queue);
  }

  addPod(): void {
    const { time, enginesPerPod: engines, noise } = this.options;
    const onAnswered = (row: Row<Job>, computeMs: number) => {
      this.answered(row, computeMs);
    };
    const onExpired = (row: Row<Job>) => {
      this.left(row);
      this.options.onLost();
    };
    this.pods.push(new WorkerPod({ time, curves: this.curves, engines, noise, onAnswered, onExpired }));
    this.resized();
  }

  /** The youngest takes nothing more and ends when it has answered what it holds. */
  removePod(): void {
    const pod = this.pods.pop();
    if (pod === undefined) return;
    this.goneBusyMs += pod.busyMs + pod.heldMs;
    this.resized();
  }

  private answered(row: Row<Job>, computeMs: number): void {
    this.queues.get(row.model)?.waiting.charge(row.tenantId, computeMs - row.payload.costMs);
    this.options.onAnswered(row);
    this.left(row);
  }

  /** What has left its worker makes room in the window; later, as the batcher that says so is not done yet. */
  private left(row: Row<Job>): void {
    const queue = this.queues.get(row.model);
    if (queue === undefined) return;
    queue.releasedMs -= row.payload.costMs;
    this.options.time.at(this.options.time.now(), () => {
      this.release(queue);
    });
  }

  private release(queue: TaskQueue): void {
    while (queue.releasedMs < clusterReleaseWindowMs * this.engines && this.pods.length > 0) {
      const entry = queue.waiting.pop();
      if (entry === undefined) return;
      queue.entries.delete(entry);
      if (entry.value.deadlineAt <= this.options.time.now()) {
        queue.room.remove(entry);
        this.options.onLost();
        continue;
      }
      queue.room.dispatched([entry]);
      queue.releasedMs += entry.costMs;
      this.anyWithRoom().take(entry.value);
    }
  }

  /**
   * BullMQ wakes whichever worker waits for a job, and one with work still waits for more until it holds its part: what
   * a worker gets is chance, as measured (`--validate`). The least busy one would be better by far.
   */
  private anyWithRoom(): WorkerPod {
    const mostMs = headroom * clusterReleaseWindowMs * this.options.enginesPerPod;
    const open = this.pods.filter(({ heldMs }) => heldMs < mostMs);
    const candidates = open.length > 0 ? open : this.pods;
    const pod = candidates[Math.floor(this.options.random() * candidates.length)];
    if (pod === undefined) throw new Error('there is no pod');
    return pod;
  }

  /** The bound of the lists follows the engines. */
  private resized(): void {
    for (const queue of this.queues.values()) {
      queue.room = this.newRoom();
      for (const entry of queue.entries) queue.room.add(entry);
      this.release(queue);
    }
  }

  private newRoom(): Backlog {
    return new Backlog(this.options.time, this.options.maxBacklogMsPerEngine * Math.max(1, this.engines));
  }
}
