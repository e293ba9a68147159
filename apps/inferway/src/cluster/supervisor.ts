import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '#telemetry';

/** What runs as a process and can be started again in its place. */
export interface Supervised {
  readonly role: string;
  readonly pid: number;
  readonly url?: string | undefined;
  /** Resolves when the present process is gone, with how it went. */
  ended(): Promise<string>;
  /** Resolves when it is ready again. */
  start(): Promise<void>;
}

/** What cannot be started is tried further and further apart: it is not worth a busy loop, nor a page of log a minute. */
const firstPauseMs = 500;
const longestPauseMs = 8_000;

/** Starts processes again when they end, as Kubernetes would, and says so. */
export class Supervisor {
  /** Told when a process was replaced. */
  onChange: () => void = () => undefined;
  private readonly watches: Promise<void>[] = [];
  private readonly stopping = new AbortController();

  constructor(private readonly log: Logger) {}

  /** @param supervised runs already */
  keepAlive(supervised: Supervised): void {
    this.watches.push(this.watch(supervised));
  }

  /** From now on what ends stays so. */
  stop(): void {
    this.stopping.abort();
  }

  /** Resolves, after `stop`, when nothing is being started any more. */
  async settled(): Promise<void> {
    await Promise.all(this.watches);
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async watch(supervised: Supervised): Promise<void> {
    const stopped = new Promise<void>((resolve) =>
      this.stopping.signal.addEventListener('abort', () => resolve()),
    );
    while (!this.isStopping()) {
      const { role, pid } = supervised;
      const how = await Promise.race([supervised.ended(), stopped]);
      if (this.isStopping()) return;
      this.log.warn({ role, pid, how }, 'a process ended: it is started again');
      await this.startAgain(supervised);
    }
  }

  private async startAgain(supervised: Supervised): Promise<void> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      await delay(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      if (this.isStopping()) return;
      try {
        await supervised.start();
        this.log.warn({ role: supervised.role, pid: supervised.pid }, 'it runs again');
        this.onChange();
        return;
      } catch (error) {
        if (this.isStopping()) return;
        this.log.error({ role: supervised.role, err: error }, 'it cannot be started');
      }
    }
  }
}
