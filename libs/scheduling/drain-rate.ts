import type { Clock } from '#kernel';

/** Older work counts less by e every 10 s. */
const memoryMs = 10_000;
/**
 * Belief before anything was measured: every engine works. It weighs as much as a measurement of this long: with a second,
 * callers refused in the first burst, while no large job had ended yet, were told to stay away for minutes.
 */
const priorMs = memoryMs;
/**
 * So much that is remembered is a measurement. Before, what jobs are predicted to cost is a guess as well, and both may be
 * wrong the same way.
 */
const leastMeasuredMs = memoryMs / 5;
/** And so much work in it: one stall in a task's first seconds is not a rate. */
const leastWorkMs = leastMeasuredMs / 4;

/**
 * Predicted milliseconds of work that leave the waiting list per millisecond, while work is waiting: about the number
 * of engines times their efficiency. Only the time between two dispatches that both left work waiting counts: an idle
 * hour says nothing about capacity, nor does what was all that there was to hand out. What was measured before such an hour
 * is forgotten: other tasks may have had the same engines then.
 */
export class DrainRate {
  private workMs = 0;
  private busyMs = 0;
  private priorShare = 1;
  private busySince: number | undefined;
  private measuredAt = -Infinity;

  /** @param engines that share the work */
  constructor(
    private readonly clock: Clock,
    private readonly engines: number,
  ) {}

  /** What is believed: the measurement, the belief before it, and that nothing has left since the last dispatch. */
  get value(): number {
    const believedMs = this.priorShare * priorMs;
    return (this.workMs + this.engines * believedMs) / (this.busyMs + believedMs + this.openMs());
  }

  /**
   * What was measured, and nothing else; undefined while that is little, or old: whom too low a rate keeps from waiting
   * would keep it from being measured again.
   */
  get measured(): number | undefined {
    const isLittle = this.busyMs < leastMeasuredMs || this.workMs < leastWorkMs;
    return isLittle || this.isOld() ? undefined : this.workMs / this.busyMs;
  }

  /** Work of `workMs` was handed to engines, all that they had room for; `leftWaiting` tells whether more waits. */
  dispatched(workMs: number, leftWaiting: boolean): void {
    if (!leftWaiting) {
      this.busySince = undefined;
      return;
    }
    if (this.busySince !== undefined) this.measure(workMs);
    else if (this.isOld()) this.forget();
    this.busySince = this.clock.now();
  }

  /** The last waiting row went away by itself. */
  emptied(): void {
    this.busySince = undefined;
  }

  private measure(workMs: number): void {
    // A longer silence was an outage, and is over: counted whole, it made everyone look late for half a minute after it.
    const elapsedMs = Math.min(this.openMs(), Math.max(memoryMs, workMs));
    const kept = Math.exp(-elapsedMs / memoryMs);
    this.workMs = this.workMs * kept + workMs;
    this.busyMs = this.busyMs * kept + elapsedMs;
    this.priorShare *= kept;
    this.measuredAt = this.clock.now();
  }

  private isOld(): boolean {
    return this.clock.now() - this.measuredAt > memoryMs;
  }

  private forget(): void {
    this.workMs = 0;
    this.busyMs = 0;
    this.priorShare = 1;
  }

  private openMs(): number {
    return this.busySince === undefined ? 0 : Math.max(0, this.clock.now() - this.busySince);
  }
}
