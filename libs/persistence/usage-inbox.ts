import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '#kernel';
import { isRefusal, toAppError } from './database-errors.js';
import type { JournalPage, UsageJournal } from './usage-journal.js';

/** Hears of a row that the tables do not take, as JSON; it stays in the journal for an operator. */
export type UsageRefused = (row: string, reason: string) => void;

export interface UsageInboxOptions {
  /** Most rows that wait; beyond it `add` refuses. */
  maxPendingRows: number;
  /** Rows moved by one statement. */
  pageRows: number;
  /** Longest time that rows wait while there are fewer than a page. */
  settleAfterMs: number;
  onRefused?: UsageRefused | undefined;
}

const defaults: UsageInboxOptions = {
  maxPendingRows: 10_000,
  // A page holds the event loop until it is written, and costs a commit. Under embeddings for 64 clients, in turns on one
  // slow machine, three rounds: of 128, 64 and 32 rows the 99th percentile of the loop's delay was 27, 22 and 20 ms in the
  // median, processor time an answer 1.9, 2.2 and 1.9 ms.
  pageRows: 32,
  settleAfterMs: 500,
};

/**
 * What was used, durable at once in a journal and moved to the tables in pages. For a database in this process, where
 * commits are a third of what the serving thread does for a few clients. Whoever reads the tables settles first, so
 * nobody sees that there is a journal.
 */
export class UsageInbox {
  readonly #journal: UsageJournal;
  readonly #write: (rows: string) => Promise<unknown>;
  readonly #options: UsageInboxOptions;
  #turn: Promise<void> = Promise.resolve();
  #due: NodeJS.Timeout | undefined;
  #moving = false;
  #failed = false;
  /** Rows of a page that was refused: they go one by one. */
  #suspects = 0;

  /** @param write moves a JSON array of rows to the tables, all or none; a row that is there already does no harm */
  constructor(
    journal: UsageJournal,
    write: (rows: string) => Promise<unknown>,
    options: Partial<UsageInboxOptions> = {},
  ) {
    this.#journal = journal;
    this.#write = write;
    this.#options = { ...defaults, ...options };
    if (journal.size > 0) this.#settleLater();
  }

  /** Rows that are not in the tables. */
  get pendingRows(): number {
    return this.#journal.size;
  }

  /**
   * Rows are durable when this returns.
   * @throws AppError `overloaded` when too many wait or there is no room on the disk: none is kept then
   */
  add(rows: readonly object[]): void {
    const { maxPendingRows, pageRows } = this.#options;
    if (this.pendingRows + rows.length > maxPendingRows) {
      const limit = { name: 'usage rows waiting to be written', value: maxPendingRows, unit: 'rows' };
      throw new AppError('overloaded', { limit, retryAfterS: 1 });
    }
    try {
      this.#journal.add(JSON.stringify(rows));
    } catch (error) {
      const facts = { detail: 'Usage could not be written', retryAfterS: 5 };
      throw new AppError('overloaded', facts, { cause: error });
    }
    if (this.pendingRows < pageRows || this.#failed) this.#settleLater();
    else this.#moveFullPages();
  }

  /**
   * Every row that was added before is in the tables when this resolves.
   * @throws AppError when the tables cannot be written (`overloaded` where that passes); the rows stay in the journal
   */
  settle(): Promise<void> {
    return this.#inTurn(() => this.pendingRows);
  }

  /** Settles what can be settled; the rest is there when the folder is opened again. */
  async close(): Promise<void> {
    await this.settle().catch(() => undefined);
    clearTimeout(this.#due);
    this.#journal.close();
  }

  #settleLater(): void {
    this.#due ??= setTimeout(() => {
      this.#due = undefined;
      this.settle().catch(() => undefined);
    }, this.#options.settleAfterMs);
  }

  /**
   * What does not fill a page waits for more or for its time: a commit lasts as long as a few rows take to come, so under
   * load pages of a few rows would follow each other without end, at four times the processor time a row.
   */
  #moveFullPages(): void {
    if (this.#moving) return;
    const { pageRows } = this.#options;
    this.#inTurn(() => this.pendingRows - (this.pendingRows % pageRows)).catch(() => undefined);
  }

  /** @param rows counted when its turn has come: those that wait longest, moved with the rest of their last page */
  #inTurn(rows: () => number): Promise<void> {
    const move = () => this.#move(rows());
    this.#turn = this.#turn.then(move, move);
    return this.#turn;
  }

  async #move(rows: number): Promise<void> {
    this.#moving = true;
    try {
      for (let left = rows; left > 0;) {
        const page = this.#nextPage();
        if (page === undefined) break;
        left -= await this.#movePage(page);
        // Requests that came meanwhile go first.
        await nextTurn();
      }
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      throw toAppError(error);
    } finally {
      this.#moving = false;
      if (this.pendingRows > 0) this.#settleLater();
    }
  }

  #nextPage(): JournalPage | undefined {
    return this.#journal.first(this.#suspects > 0 ? 1 : this.#options.pageRows);
  }

  /** Resolves with how many rows have left the journal for the tables or, one by one, aside. */
  async #movePage(page: JournalPage): Promise<number> {
    try {
      await this.#write(page.rows);
      this.#journal.remove(page);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (page.count > 1) {
        this.#suspects = page.count;
        return 0;
      }
      this.#journal.refuse(page, String(error));
      this.#options.onRefused?.(page.rows, String(error));
    }
    if (this.#suspects > 0) this.#suspects--;
    return page.count;
  }
}
