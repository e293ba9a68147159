import type { Engine, PendingWork } from './engine.js';

/**
 * Rows whose run failed, to be run again one at a time on an engine that holds nothing else. One engine at a time is
 * kept for them; the others serve on.
 */
export class RetryList {
  readonly #rows: PendingWork[] = [];
  #keeper: Engine | undefined;

  add(row: PendingWork): void {
    this.#rows.push(row);
  }

  take(): PendingWork | undefined {
    return this.#rows.shift();
  }

  remove(row: PendingWork): boolean {
    const at = this.#rows.indexOf(row);
    if (at >= 0) this.#rows.splice(at, 1);
    return at >= 0;
  }

  /**
   * True when this engine must take nothing but retries: it is the one kept for them, and some are left or one is
   * under way on it.
   */
  holds(engine: Engine, serving: readonly Engine[]): boolean {
    const keeperGone = this.#keeper === undefined || !serving.includes(this.#keeper);
    if (this.#rows.length === 0 && (keeperGone || this.#keeper?.rows === 0)) this.#keeper = undefined;
    else if (keeperGone && this.#rows.length > 0) this.#keeper = emptiest(serving);
    return this.#keeper === engine;
  }
}

function emptiest(engines: readonly Engine[]): Engine | undefined {
  return engines.toSorted((a, b) => a.rows - b.rows)[0];
}
