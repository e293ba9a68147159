import type { Clock } from '#kernel';

/** Older work counts less by e every 10 s. */
const memoryMs = 10_000;
/**
 * Belief before anything was measured: every engine works. It weighs as much as a measurement of this long: with a second,
 * callers refused in the first burst, while no large job had ended yet, were told to stay away for minutes.
 */
const priorMs = memoryMs;

/**
 * Predicted milliseconds of work that leave the waiting list per millisecond, while work is waiting: about the number
 * of engines times their efficiency. Only the time between two dispatches that had work waiting in between counts; an
 * idle hour says nothing about capacity.
 */
export class DrainRate {
  private workMs: number;
  private busyMs = priorMs;
  private busySince: number | undefined;

  /** @param engines that share the work */
  constructor(
    private readonly clock: Clock,
    engines: number,
  ) {
    this.workMs = priorMs * engines;
  }

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
