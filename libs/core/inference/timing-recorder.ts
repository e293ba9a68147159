import type { ItemTimings } from '#contracts';

/** What one row of a batch cost and waited, in milliseconds. */
export interface RowTimings {
  /** Waiting for an engine. */
  waitMs: number;
  /** Wall time in the engine. */
  inferenceMs: number;
  /** This row's share of the batch's engine time, padding included. */
  computeMs: number;
  /** The part of `computeMs` spent on padding. */
  paddingMs: number;
}

/**
 * Where an item's time goes. Rows run side by side, so their waits and wall times count by the longest, while
 * compute adds up. `encode` ends with the first row sent, `decode` begins with the last row back.
 */
export class TimingRecorder {
  private readonly startedAt = performance.now();
  private firstRowAt: number | undefined;
  private lastRowAt: number | undefined;
  private waitMs = 0;
  private inferenceMs = 0;
  private computeMs = 0;
  private paddingMs = 0;

  constructor(private readonly queueMs: number) {}

  rowSent(): void {
    this.firstRowAt ??= performance.now();
  }

  rowDone(row: RowTimings): void {
    this.lastRowAt = performance.now();
    this.waitMs = Math.max(this.waitMs, row.waitMs);
    this.inferenceMs = Math.max(this.inferenceMs, row.inferenceMs);
    this.computeMs += row.computeMs;
    this.paddingMs += row.paddingMs;
  }

  finish(): ItemTimings {
    const now = performance.now();
    return {
      queueMs: this.queueMs,
      batchMs: this.waitMs,
      encodeMs: (this.firstRowAt ?? now) - this.startedAt,
      inferenceMs: this.inferenceMs,
      decodeMs: this.lastRowAt === undefined ? 0 : now - this.lastRowAt,
      computeMs: this.computeMs,
      paddingMs: this.paddingMs,
    };
  }
}
