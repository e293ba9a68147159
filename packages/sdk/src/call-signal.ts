import { maxTimerMs } from './clock.js';
import { InferwayError } from './inferway.error.js';

/**
 * Aborts when the caller's signal does, with its reason, or when the deadline passes, with `timeout`. Both are let go
 * of by `close`: `AbortSignal.any` would keep a listener on a long-lived signal for every call.
 */
export class CallSignal {
  private readonly controller = new AbortController();
  private readonly timer: ReturnType<typeof setTimeout>;
  private readonly onAbort = () => this.controller.abort(this.caller?.reason);

  constructor(
    private readonly caller: AbortSignal | undefined,
    deadlineMs: number,
  ) {
    const error = new InferwayError('timeout', `No reply within ${deadlineMs} ms`, { retryable: true });
    this.timer = setTimeout(() => this.controller.abort(error), Math.min(deadlineMs, maxTimerMs));
    caller?.addEventListener('abort', this.onAbort);
    if (caller?.aborted === true) this.onAbort();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Ends the call with whatever this is. */
  abort(reason: unknown): void {
    this.controller.abort(reason);
  }

  /** The call is over: whatever still goes on for it stops. */
  close(): void {
    clearTimeout(this.timer);
    this.caller?.removeEventListener('abort', this.onAbort);
    this.controller.abort();
  }
}
