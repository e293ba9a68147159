import type { JobEnvelope, JobReply } from '#contracts';
import { AppError, type Clock } from '#kernel';

/** Node's timers hold 31 bits; a deadline beyond that is none. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * One submitted job until it is answered: settles exactly once, by its reply, its deadline, its caller's departure or
 * a refusal. `signal` tells a running handler that nobody waits any more.
 */
export class WaitingJob {
  readonly promise: Promise<JobReply>;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private settle: { resolve: (reply: JobReply) => void; reject: (error: unknown) => void } | undefined;

  /** @param whyLate what its caller hears at the deadline */
  constructor(
    readonly envelope: JobEnvelope,
    private readonly caller: AbortSignal,
    clock: Clock,
    private readonly onAbandoned: (job: WaitingJob) => void,
    whyLate = () => new AppError('deadline.exceeded'),
  ) {
    this.promise = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    const waitMs = Math.min(maxTimerMs, Math.max(0, envelope.deadlineAt - clock.now()));
    this.timer = setTimeout(() => this.abandon(whyLate()), waitMs);
    caller.addEventListener('abort', this.onCallerGone, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get settled(): boolean {
    return this.settle === undefined;
  }

  resolve(reply: JobReply): void {
    this.finish()?.resolve(reply);
  }

  reject(error: unknown): void {
    this.finish()?.reject(error);
  }

  /** Rejects, and stops the handler where one is running. */
  abandon(error: AppError): void {
    this.reject(error);
    this.controller.abort(error);
    this.onAbandoned(this);
  }

  private readonly onCallerGone = () => this.abandon(new AppError('request.cancelled'));

  private finish() {
    const { settle } = this;
    this.settle = undefined;
    clearTimeout(this.timer);
    this.caller.removeEventListener('abort', this.onCallerGone);
    return settle;
  }
}
