import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { Bell } from '../jobs/bell.js';
import { UsageBooks } from '../ports/usage-books.js';
import type { DropUsage } from './drop-usage.js';
import type { ClosedMonths, IssueInvoices } from './issue-invoices.js';

/** Deltas of one turn: about 50 ms of a Postgres, or of the event loop that PGlite shares. */
const deltasPerTurn = 1_000;

/** Most turns from one pause to the next, so that a long backlog leaves room for requests. */
const turnsPerRound = 50;

/**
 * From one look at the months to the next, as this process measures time: a clock that jumps is asked once, and not again
 * until it is right. Invoices that cannot be closed are told of at each.
 */
const lookAgainMs = 3_600_000;

export interface BooksObserver {
  /** Of what is tried again at the next round. */
  onError: (error: unknown) => void;
  onUnclosable: (left: ClosedMonths['unclosable']) => void;
}

/** Rolls usage up, closes the months that are over and drops rows that are old enough, for as long as the program runs. Any number of programs may: the store lets in one at a time. */
export class KeepBooks {
  private readonly bell = new Bell();
  private loop: Promise<void> = Promise.resolve();
  private stopped = false;
  private lookAgainAt = 0;

  constructor(
    private readonly books: UsageBooks,
    private readonly invoices: IssueInvoices,
    private readonly drop: DropUsage,
    private readonly options: { pollMs: number },
    private readonly observer: BooksObserver,
  ) {}

  start(): void {
    this.loop = this.run();
  }

  /** Resolves when the turn that is under way, if any, has ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.bell.ring();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      // A database that is away for a moment must not end the loop.
      await this.round().catch(this.observer.onError);
      await this.bell.wait(this.options.pollMs);
    }
  }

  private async round(): Promise<void> {
    await rollUpAll(this.books, turnsPerRound, () => this.stopped);
    await this.closeMonths().catch(this.observer.onError);
    await this.drop.execute(() => this.stopped);
  }

  private async closeMonths(): Promise<void> {
    if (performance.now() < this.lookAgainAt) return;
    const { unclosable } = await this.invoices.closeMonths(() => this.stopped);
    this.lookAgainAt = performance.now() + lookAgainMs;
    if (unclosable.count > 0) this.observer.onUnclosable(unclosable);
  }
}

/** Rolls up until nothing is left, another process is at it, or the turns are used up; resolves with how many deltas. */
export async function rollUpAll(
  books: UsageBooks,
  turns = Infinity,
  isStopped: () => boolean = () => false,
): Promise<number> {
  let folded = 0;
  for (let turn = 0; turn < turns && !isStopped(); turn++) {
    const some = await books.rollUp(deltasPerTurn);
    folded += some ?? 0;
    if (some === undefined || some < deltasPerTurn) break;
    // An embedded database answers without leaving this turn of the event loop: requests would wait for the last fold.
    await turnOfTheLoop();
  }
  return folded;
}
