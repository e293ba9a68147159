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
  // 0.03 ms of processor a row beside the 1 ms of a commit: the event loop is held for 5 ms at most.
  pageRows: 128,
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
  #settling: Promise<void> = Promise.resolve();
  #due: NodeJS.Timeout | undefined;
  #emptying = false;
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
    else this.#settleNow();
  }

  /**
   * Every row that was added before is in the tables when this resolves.
   * @throws AppError when the tables cannot be written (`overloaded` where that passes); the rows stay in the journal
   */
  settle(): Promise<void> {
    this.#settling = this.#settling.then(
      () => this.#empty(),
      () => this.#empty(),
    );
    return this.#settling;
  }

  /** Settles what can be settled; the rest is there when the folder is opened again. */
  async close(): Promise<void> {
    clearTimeout(this.#due);
    await this.settle().catch(() => undefined);
    this.#journal.close();
  }

  #settleLater(): void {
    this.#due ??= setTimeout(() => {
      this.#due = undefined;
      this.#settleNow();
    }, this.#options.settleAfterMs);
  }

  #settleNow(): void {
    // It goes on until nothing is left.
    if (this.#emptying) return;
    this.settle().catch(() => this.#settleLater());
  }

  async #empty(): Promise<void> {
    this.#emptying = true;
    try {
      for (let page = this.#nextPage(); page !== undefined; page = this.#nextPage()) {
        await this.#move(page);
        // Requests that came meanwhile go first.
        await nextTurn();
      }
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      throw toAppError(error);
    } finally {
      this.#emptying = false;
    }
  }

  #nextPage(): JournalPage | undefined {
    return this.#journal.first(this.#suspects > 0 ? 1 : this.#options.pageRows);
  }

  async #move(page: JournalPage): Promise<void> {
    try {
      await this.#write(page.rows);
      this.#journal.remove(page);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (page.count > 1) {
        this.#suspects = page.count;
        return;
      }
      this.#journal.refuse(page, String(error));
      this.#options.onRefused?.(page.rows, String(error));
    }
    if (this.#suspects > 0) this.#suspects--;
  }
}
