import {
  Backlog,
  clusterReleaseWindowMs,
  DeadlineDoor,
  DrainRate,
  LanedFairQueue,
  maxDispatchMs,
  type FairEntry,
  type Row,
} from '#scheduling';
import type { VirtualTime } from './virtual-time.js';
import type { Job, Parcel } from './worker-pod.js';

type Entry = FairEntry<Row<Job>>;

export interface TaskQueueOptions {
  time: VirtualTime;
  /** What the lists take a job for. */
  costMs: number;
  /** What may wait for each engine, as `MAX_BACKLOG_S`. */
  maxBacklogMsPerEngine: number;
  /** Told of each row whose deadline came while it waited. */
  onExpired: () => void;
}

/**
 * The lists of one task as they stand in Redis, rule by rule: fair order, a bound, the door by deadline, the window,
 * parcels (libs/queue/redis/scripts).
 */
export class TaskQueue {
  readonly costMs: number;
  private readonly waiting = new LanedFairQueue<Row<Job>>();
  private readonly drainRate: DrainRate;
  private readonly door: DeadlineDoor<Row<Job>>;
  private readonly entries = new Set<Entry>();
  private releasedMs = 0;
  private engines = 0;
  private room: Backlog;

  constructor(private readonly options: TaskQueueOptions) {
    this.costMs = options.costMs;
    // How many engines there are is a belief before the first measurement, and the door goes by measurements alone.
    this.drainRate = new DrainRate(options.time, 1);
    this.door = new DeadlineDoor(this.waiting, this.drainRate);
    this.room = this.newRoom();
  }

  get waitingMs(): number {
    return this.room.totalMs;
  }

  private get windowMs(): number {
    return clusterReleaseWindowMs * this.engines;
  }

  /** False where it is full, or could not be answered by its deadline. */
  push(row: Row<Job>): boolean {
    const { tenantId, weight, deadlineAt } = row;
    if (!this.room.hasRoom(tenantId, weight, this.costMs)) return false;
    const entry = { tenantId, weight, costMs: this.costMs, value: row };
    const handedOutMs = Math.min(this.releasedMs, this.windowMs);
    if (this.door.lateByRate(entry, deadlineAt - this.options.time.now(), handedOutMs) !== undefined)
      return false;
    this.waiting.push('interactive', entry);
    this.entries.add(entry);
    this.room.add(entry);
    return true;
  }

  /** A row has left its worker. @param computeMs what it really cost */
  settle(row: Row<Job>, computeMs: number): void {
    this.waiting.charge(row.tenantId, computeMs - this.costMs);
    this.releasedMs -= this.costMs;
  }

  /** The bound of the lists follows the engines. */
  resize(engines: number): void {
    this.engines = engines;
    this.room = this.newRoom();
    for (const entry of this.entries) this.room.add(entry);
  }

  /** What may go to workers now, and what travels together. */
  release(): Parcel[] {
    const { windowMs } = this;
    const parcels: Row<Job>[][] = [];
    let parcelMs = Infinity;
    const before = this.releasedMs;
    if (this.engines === 0 || windowMs - this.releasedMs < Math.min(maxDispatchMs, windowMs / 10)) return [];
    while (this.releasedMs < windowMs) {
      const entry = this.pop();
      if (entry === undefined) break;
      const together = this.releasedMs >= maxDispatchMs * this.engines;
      this.releasedMs += entry.costMs;
      parcelMs += entry.costMs;
      const open = parcels.at(-1);
      if (together && parcelMs <= maxDispatchMs && open !== undefined) open.push(entry.value);
      else {
        parcels.push([entry.value]);
        parcelMs = together ? entry.costMs : Infinity;
      }
    }
    if (parcels.length > 0) this.drainRate.dispatched(this.releasedMs - before, this.waiting.size > 0);
    return parcels;
  }

  private pop(): Entry | undefined {
    for (let entry = this.waiting.pop(); entry !== undefined; entry = this.waiting.pop()) {
      this.entries.delete(entry);
      if (entry.value.deadlineAt > this.options.time.now()) {
        this.room.dispatched([entry]);
        return entry;
      }
      this.room.remove(entry);
      if (this.waiting.size === 0) this.drainRate.emptied();
      this.options.onExpired();
    }
    return undefined;
  }

  private newRoom(): Backlog {
    const engines = Math.max(1, this.engines);
    return new Backlog(this.options.time, this.options.maxBacklogMsPerEngine * engines, engines);
  }
}
