import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '#telemetry';

/** What runs as a process and can be started again in its place. */
export interface Supervised {
  readonly role: string;
  readonly pid: number;
  readonly url?: string | undefined;
  /** What the process wrote last, of one whose output is nowhere else. */
  readonly lastWords?: string;
  /** Resolves when the present process is gone, with how it went. */
  ended(): Promise<string>;
  /** Resolves when it is ready again. Rejects soon after `stopped` aborts, what had begun to start being ended. */
  start(stopped: AbortSignal): Promise<void>;
}

/**
 * What does not start, or ends again soon, is started further and further apart: it is not worth a core, nor a page of log
 * a minute. One that was well for a while has all forgiven.
 */
export interface Pauses {
  firstMs: number;
  longestMs: number;
  wellAfterMs: number;
}

const usualPauses: Pauses = { firstMs: 500, longestMs: 30_000, wellAfterMs: 60_000 };

/** Starts processes again when they end, as Kubernetes would, and says so. */
export class Supervisor {
  /** Told when a process was replaced. */
  onChange: () => void = () => undefined;
  private readonly watches: Promise<void>[] = [];
  private readonly stopping = new AbortController();

  constructor(
    private readonly log: Logger,
    private readonly pauses = usualPauses,
  ) {}

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
    const { firstMs, wellAfterMs } = this.pauses;
    const stopped = new Promise<void>((resolve) =>
      this.stopping.signal.addEventListener('abort', () => resolve()),
    );
    let pauseMs = firstMs;
    while (!this.isStopping()) {
      const { role, pid } = supervised;
      const readyAt = performance.now();
      const how = await Promise.race([supervised.ended(), stopped]);
      if (this.isStopping()) return;
      const livedMs = Math.round(performance.now() - readyAt);
      if (livedMs >= wellAfterMs) pauseMs = firstMs;
      const said = { how, livedMs, againInMs: pauseMs, ...lastWordsOf(supervised) };
      this.log.warn({ role, pid, ...said }, 'a process ended: it is started again');
      pauseMs = await this.startAgain(supervised, pauseMs);
    }
  }

  /** @returns the pause that is due should it end again soon */
  private async startAgain(supervised: Supervised, firstPauseMs: number): Promise<number> {
    for (let pauseMs = firstPauseMs; ;) {
      await delay(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      pauseMs = Math.min(2 * pauseMs, this.pauses.longestMs);
      if (this.isStopping()) return pauseMs;
      try {
        await supervised.start(this.stopping.signal);
        this.log.warn({ role: supervised.role, pid: supervised.pid }, 'it runs again');
        this.onChange();
        return pauseMs;
      } catch (error) {
        if (this.isStopping()) return pauseMs;
        const { role } = supervised;
        this.log.error({ role, why: reasonOf(error), againInMs: pauseMs }, 'it cannot be started');
      }
    }
  }
}

function lastWordsOf({ lastWords = '' }: Supervised): { lastWords?: string } {
  return lastWords === '' ? {} : { lastWords };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
