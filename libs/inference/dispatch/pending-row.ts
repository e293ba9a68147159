import { AppError, type Clock } from '#kernel';
import type { RowDone } from '../engine/engine.messages.js';
import type { InferenceRequest, InferenceResult } from '../inference.types.js';

/** setTimeout turns longer delays into 1 ms. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * One `infer` call until it is answered: the promise, and the two things that can end it early (the caller's signal,
 * its deadline). Whatever comes first settles it; the rest is ignored.
 */
export class PendingRow {
  readonly result: Promise<InferenceResult>;
  /** Failed runs so far that held this row. */
  failures = 0;
  readonly #settle: { resolve(result: InferenceResult): void; reject(error: AppError): void };
  readonly #clock: Clock;
  readonly #offeredAt: number;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort: () => void;
  #waitMs = 0;
  #sentAt = 0;
  #settled = false;

  /**
   * @param length tokens; 1 for images.
   * @param onGone called when the caller no longer wants the answer: the row must not be run any more.
   */
  constructor(
    readonly id: number,
    readonly request: InferenceRequest,
    readonly length: number,
    clock: Clock,
    onGone: (row: PendingRow) => void,
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<InferenceResult>();
    this.result = promise;
    this.#settle = { resolve, reject };
    this.#clock = clock;
    this.#offeredAt = clock.now();
    const leave = (error: AppError) => {
      this.reject(error);
      onGone(this);
    };
    this.#onAbort = () => leave(new AppError('request.cancelled'));
    const remainingMs = Math.min(maxTimerMs, Math.max(0, request.deadlineAt - this.#offeredAt));
    this.#timer = setTimeout(() => leave(new AppError('deadline.exceeded')), remainingMs);
    request.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Milliseconds from offer to the moment it was last handed to an engine. */
  get waitMs(): number {
    return this.#waitMs;
  }

  /** When it was last handed to an engine, in milliseconds since the epoch. */
  get sentAt(): number {
    return this.#sentAt;
  }

  /** Of an answered row: when the run that first held it began, in milliseconds since the epoch. */
  get startedAt(): number {
    return this.#offeredAt + this.#waitMs;
  }

  sent(): void {
    this.#sentAt = this.#clock.now();
    this.#waitMs = this.#sentAt - this.#offeredAt;
  }

  resolve({ outputs, queuedMs, inferenceMs, computeMs, paddingMs }: RowDone): void {
    if (!this.#end()) return;
    this.#waitMs += queuedMs;
    const timings = { waitMs: this.#waitMs, inferenceMs, computeMs, paddingMs };
    this.#settle.resolve({ outputs, timings });
  }

  reject(error: AppError): void {
    if (this.#end()) this.#settle.reject(error);
  }

  #end(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.request.signal.removeEventListener('abort', this.#onAbort);
    return true;
  }
}
