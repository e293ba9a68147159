import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Clock } from '#kernel';
import { UsageBooks } from '../ports/usage-books.js';

/** Rows of one turn: measured at 8 ms of a Postgres, and 12 ms of the event loop that PGlite shares. */
const rowsPerTurn = 500;

/** Most turns of one call, so that a backlog of years leaves room for requests. */
const turnsPerCall = 50;

/** When nothing was left to drop: a month that is too young now will be for days. */
const idleMs = 3_600_000;

/** Drops usage rows of months that are older than those to keep; ledger, roll-ups and invoices stay. */
export class DropUsage {
  private nextAt = 0;

  /** @param keepMonths closed months before the running one whose rows are kept; undefined keeps all for ever */
  constructor(
    private readonly books: UsageBooks,
    private readonly clock: Clock,
    private readonly keepMonths: number | undefined,
  ) {}

  /** Resolves with how many rows went. Does nothing for an hour once nothing was left, or another process was at it. */
  async execute(isStopped: () => boolean = () => false): Promise<number> {
    let dropped = 0;
    if (this.keepMonths === undefined || this.clock.now() < this.nextAt) return dropped;
    for (let turn = 0; turn < turnsPerCall && !isStopped(); turn++) {
      const some = await this.books.drop(this.keepMonths, rowsPerTurn);
      if (some === undefined) {
        this.nextAt = this.clock.now() + idleMs;
        break;
      }
      dropped += some;
      // An embedded database answers without leaving this turn of the event loop.
      await turnOfTheLoop();
    }
    return dropped;
  }
}
