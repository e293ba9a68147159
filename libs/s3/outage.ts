import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from './bucket.fault.js';

const probeIntervalMs = 1_000;

/**
 * Whether the store is away. The first call that fails begins an outage, of which the log hears once; probes end it. In
 * between nobody waits for a deadline, and no payload is held in memory for an answer that will not come.
 */
export class Outage {
  private readonly closing = new AbortController();
  private since: string | undefined;

  /** @param probe resolves when the store answers */
  constructor(
    private readonly probe: () => Promise<unknown>,
    private readonly onError: (error: unknown) => void,
  ) {}

  get reason(): string | undefined {
    return this.since;
  }

  /** The first probe follows at once: a call that failed for a reason of its own keeps nobody out for a second. */
  begin(cause: unknown): void {
    if (this.since !== undefined || this.closing.signal.aborted) return;
    this.since = reasonOf(cause);
    this.onError(cause);
    void this.watch();
  }

  close(): void {
    this.closing.abort();
  }

  private async watch(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      try {
        await this.probe();
        this.since = undefined;
        return;
      } catch (error) {
        this.since = reasonOf(error);
      }
      await sleep(probeIntervalMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
