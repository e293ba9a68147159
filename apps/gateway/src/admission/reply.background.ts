import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { IdempotencyStore } from '#core';
import type { Logger } from '#telemetry';

const purgeMs = 60_000;

/** Forgets replies whose 24 hours are over, for as long as the gateway is up. */
export class ReplyBackground implements BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private purging: Promise<void> = Promise.resolve();

  constructor(
    private readonly replies: IdempotencyStore,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.purge();
    this.timer = setInterval(() => this.purge(), purgeMs).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.purging;
  }

  /** One at a time; the database's own timeout is the deadline of each. */
  private purge(): void {
    this.purging = this.purging
      .then(async () => {
        await this.replies.purge();
      })
      .catch((error: unknown) => this.logger.warn({ err: error }, 'replies that are over were not deleted'));
  }
}
