import type { Clock } from '../clock.js';

/** Pauses take no time: they are noted, and move the clock. */
export class TestClock implements Clock {
  readonly pausesMs: number[] = [];
  private nowMs = Date.UTC(2026, 0, 1);
  /** Called in each pause. */
  onPause: () => void = () => undefined;

  now(): number {
    return this.nowMs;
  }

  sleep(durationMs: number): Promise<void> {
    this.pausesMs.push(durationMs);
    this.nowMs += durationMs;
    this.onPause();
    return Promise.resolve();
  }
}
