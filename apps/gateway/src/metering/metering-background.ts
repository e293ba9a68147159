import type { BeforeApplicationShutdown } from '@nestjs/common';
import { KeepBooks, type DropUsage, type IssueInvoices, type UsageBooks } from '#core';
import type { Logger } from '#telemetry';

/** Reports are exact at any age of the roll-ups; this bounds what they have to add up beside them. */
const options = { pollMs: 5_000 };

/** Rolls usage up, closes months and drops old rows for as long as the gateway is up. Of many gateways one is at it at a time. */
export class MeteringBackground implements BeforeApplicationShutdown {
  private readonly books: KeepBooks;

  constructor(books: UsageBooks, invoices: IssueInvoices, drop: DropUsage, logger: Logger) {
    this.books = new KeepBooks(books, invoices, drop, options, {
      onError: (error) =>
        logger.warn(
          { err: error },
          'the books of usage could not be kept for a moment; nothing is lost, and it is tried again',
        ),
      onUnclosable: ({ count, named }) =>
        logger.error(
          { count, first: named },
          'invoices stay open, as no number holds what they come to: look for a price that was mistyped',
        ),
    });
  }

  start(): void {
    this.books.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.books.stop();
  }
}
