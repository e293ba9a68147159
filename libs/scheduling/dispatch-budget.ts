import type { CostModel } from './cost-model.js';

/**
 * Counts what a dispatch costs while rows are added one by one in fair order, whose lengths come mixed.
 *
 * Each row joins the run where it adds least, or opens one. That is a real partition, if not the best, so
 * `packByLength` (which cuts the same rows optimally) never costs more: the bound holds without putting rows back.
 */
export class DispatchBudget {
  private readonly runs: { rows: number; length: number; ms: number }[] = [];
  private totalMs = 0;
  private totalRows = 0;

  constructor(
    private readonly cost: CostModel,
    private readonly limits: { maxMs: number; maxRows: number; maxRowsPerRun: number },
  ) {}

  get rows(): number {
    return this.totalRows;
  }

  /** Takes a row of this padded length if it fits. The first always does: alone, it cannot be made smaller. */
  take(length: number): boolean {
    if (this.totalRows >= this.limits.maxRows) return false;
    let addedMs = this.cost.runMs(1, length);
    let chosen: (typeof this.runs)[number] | undefined;
    for (const run of this.runs) {
      if (run.rows >= this.limits.maxRowsPerRun) continue;
      const joinedMs = this.cost.runMs(run.rows + 1, Math.max(run.length, length)) - run.ms;
      if (joinedMs > addedMs) continue;
      addedMs = joinedMs;
      chosen = run;
    }
    if (this.totalRows > 0 && this.totalMs + addedMs > this.limits.maxMs) return false;
    this.add(chosen, length, addedMs);
    return true;
  }

  private add(
    run: { rows: number; length: number; ms: number } | undefined,
    length: number,
    addedMs: number,
  ): void {
    if (run === undefined) this.runs.push({ rows: 1, length, ms: addedMs });
    else {
      run.rows++;
      run.length = Math.max(run.length, length);
      run.ms += addedMs;
    }
    this.totalRows++;
    this.totalMs += addedMs;
  }
}
