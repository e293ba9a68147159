import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { KeepBooks, type UsageBooks } from '#core';
import type { Logger } from '#telemetry';

/** Reports are exact at any age of the roll-ups; this bounds what they have to add up beside them. */
const options = { pollMs: 5_000 };

/** Rolls usage up for as long as the gateway is up. Of many gateways one is at it at a time. */
export class MeteringBackground implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly books: KeepBooks;

  constructor(books: UsageBooks, logger: Logger) {
    this.books = new KeepBooks(books, options, (error) =>
      logger.warn({ err: error }, 'usage could not be rolled up for a moment; it is kept and tried again'),
    );
  }

  onApplicationBootstrap(): void {
    this.books.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.books.stop();
  }
}
