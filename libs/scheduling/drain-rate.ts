import type { Clock } from '#kernel';

/** Older work counts less by e every 10 s. */
const memoryMs = 10_000;
/** Belief before anything was measured: one engine, for one second. */
const priorMs = 1_000;

/**
 * Predicted milliseconds of work that leave the waiting list per millisecond, while work is waiting: about the number
 * of engines times their efficiency. Only the time between two dispatches that had work waiting in between counts; an
 * idle hour says nothing about capacity.
 */
export class DrainRate {
  private workMs = priorMs;
  private busyMs = priorMs;
  private busySince: number | undefined;

  constructor(private readonly clock: Clock) {}

  get value(): number {
    return this.workMs / (this.busyMs + this.openMs());
  }

  /** Work of `workMs` was handed to an engine; `leftWaiting` tells whether more waits. */
  dispatched(workMs: number, leftWaiting: boolean): void {
    if (this.busySince !== undefined) {
      const elapsedMs = this.openMs();
      const kept = Math.exp(-elapsedMs / memoryMs);
      this.workMs = this.workMs * kept + workMs;
      this.busyMs = this.busyMs * kept + elapsedMs;
    }
    this.busySince = leftWaiting ? this.clock.now() : undefined;
  }

  /** The last waiting row went away by itself. */
  emptied(): void {
    this.busySince = undefined;
  }

  private openMs(): number {
    return this.busySince === undefined ? 0 : Math.max(0, this.clock.now() - this.busySince);
  }
}
