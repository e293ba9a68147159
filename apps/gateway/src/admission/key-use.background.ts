import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { KeyUses } from '#core';
import type { Logger } from '#telemetry';

const flushMs = 5_000;

/** Writes when keys were last used, in groups, for as long as the gateway is up, and once more when it ends. */
export class KeyUseBackground implements BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly uses: KeyUses,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.flush(), flushMs).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  /** One at a time; the database's own timeout is the deadline of each. */
  private flush(): Promise<void> {
    this.writing = this.writing
      .then(() => this.uses.flush())
      .catch((error: unknown) =>
        this.logger.warn({ err: error }, 'when keys were last used was not written'),
      );
    return this.writing;
  }
}
