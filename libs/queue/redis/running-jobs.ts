import type { Redis } from 'ioredis';
import { AppError, type Clock } from '#kernel';
import { cancelChannel } from './queue-keys.js';

/** Node's timers hold 31 bits. */
const maxTimerMs = 2 ** 31 - 1;

interface RunningJob {
  controller: AbortController;
  timer: NodeJS.Timeout;
}

/** The jobs a worker runs now, each with the signal that ends it: its deadline, its caller's departure, the drain. */
export class RunningJobs {
  private readonly jobs = new Map<string, RunningJob>();
  private onEmpty: (() => void) | undefined;

  private constructor(
    private readonly redis: Redis,
    private readonly clock: Clock,
  ) {}

  /** @param redis a connection of its own: a subscribed one takes no other command */
  static async open(redis: Redis, tasks: readonly string[], clock: Clock): Promise<RunningJobs> {
    const running = new RunningJobs(redis, clock);
    redis.on('message', (_channel: string, id: string) =>
      running.jobs.get(id)?.controller.abort(new AppError('request.cancelled')),
    );
    await redis.subscribe(...tasks.map(cancelChannel));
    return running;
  }

  start(id: string, deadlineAt: number): AbortSignal {
    const controller = new AbortController();
    const leftMs = Math.min(maxTimerMs, Math.max(0, deadlineAt - this.clock.now()));
    const timer = setTimeout(() => controller.abort(new AppError('deadline.exceeded')), leftMs);
    this.jobs.set(id, { controller, timer });
    return controller.signal;
  }

  end(id: string): void {
    const job = this.jobs.get(id);
    if (job === undefined) return;
    clearTimeout(job.timer);
    this.jobs.delete(id);
    if (this.jobs.size === 0) this.onEmpty?.();
  }

  /** Waits until all have ended, or the deadline has come; then tells those left to stop. */
  async drain(deadlineAt: number): Promise<void> {
    if (this.jobs.size === 0) return;
    const emptied = new Promise<void>((resolve) => (this.onEmpty = resolve));
    const timer = setTimeout(
      () => {
        for (const { controller } of this.jobs.values()) controller.abort(new AppError('service.draining'));
      },
      Math.max(0, deadlineAt - this.clock.now()),
    );
    await emptied;
    clearTimeout(timer);
  }

  close(): void {
    this.redis.disconnect();
  }
}
