import type { HandOver } from './hand-over.js';
import type { QueueScripts } from './queue.scripts.js';
import type { WorkerRegistration } from './worker.registration.js';

const intervalMs = 1_000;
/** A worker that was not heard of for so long no longer counts; its jobs have started elsewhere by then. */
const ttlMs = 5_000;

/** Tells gateways, every second, that this worker lives and what it serves; and releases what its engines have room for. */
export class WorkerBeat {
  private readonly timer: NodeJS.Timeout;
  private stopped = false;

  private constructor(
    private readonly scripts: QueueScripts,
    private readonly handOver: HandOver,
    private readonly registration: WorkerRegistration,
    private readonly onError: (error: unknown) => void,
  ) {
    this.timer = setInterval(() => void this.beat(), intervalMs);
  }

  static async start(
    scripts: QueueScripts,
    handOver: HandOver,
    registration: WorkerRegistration,
    onError: (error: unknown) => void,
  ): Promise<WorkerBeat> {
    const beat = new WorkerBeat(scripts, handOver, registration, onError);
    await beat.beat();
    return beat;
  }

  /** Takes the worker out at once, rather than after its time to live. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopped = true;
    await this.beat();
  }

  private async beat(): Promise<void> {
    const { worker: id, models } = this.registration;
    const engines = this.stopped ? 0 : this.registration.engines;
    const tasks = new Set(models.map(({ task }) => task));
    const beats = [...tasks].map(async (task) => {
      const own = { ...this.registration, models: models.filter((model) => model.task === task) };
      const registration = JSON.stringify(own);
      this.handOver.send(task, await this.scripts.beat(task, { id, engines, registration, ttlMs }));
    });
    await Promise.all(beats).catch(this.onError);
  }
}
