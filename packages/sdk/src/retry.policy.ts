import type { InferwayError } from './inferway.error.js';

export interface RetryOptions {
  /** Attempts per call, the first included; 1 never tries again. Default 4. */
  maxAttempts?: number;
  /** Bound of the first pause, in milliseconds; it doubles with each. Default 250. */
  baseMs?: number;
  /** Bound of every pause, in milliseconds. Default 8,000. */
  maxMs?: number;
}

export interface FailedAttempt {
  error: InferwayError;
  /** From 1. */
  attempt: number;
  /** Whether the server does the work once only, however often it is asked. */
  idempotent: boolean;
}

/**
 * When to try again. Pauses are exponential with full jitter, so that clients that failed together do not come back
 * together; what the server asks to wait is waited on top, for the same reason.
 */
export class RetryPolicy {
  private readonly maxAttempts: number;
  private readonly baseMs: number;
  private readonly maxMs: number;

  /** @param random in [0, 1) */
  constructor(
    { maxAttempts = 4, baseMs = 250, maxMs = 8_000 }: RetryOptions,
    private readonly random: () => number,
  ) {
    if (!(maxAttempts >= 1)) throw new RangeError('maxAttempts must be at least 1');
    this.maxAttempts = maxAttempts;
    this.baseMs = baseMs;
    this.maxMs = maxMs;
  }

  /** The pause before the next attempt in milliseconds, or undefined to give up. */
  pauseMs({ error, attempt, idempotent }: FailedAttempt): number | undefined {
    if (attempt >= this.maxAttempts || !error.retryable) return undefined;
    // A refusal of the server's says that the work was not done. Without one it may have been.
    const refused = error.code !== 'network.failed' && error.code !== 'reply.unexpected';
    if (!refused && !idempotent) return undefined;
    const boundMs = Math.min(this.maxMs, this.baseMs * 2 ** (attempt - 1));
    return (error.retryAfterS ?? 0) * 1_000 + this.random() * boundMs;
  }
}
