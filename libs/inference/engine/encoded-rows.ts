import type { Spent } from './graph.js';
import type { DecodeRow } from './live-row.js';
import type { TensorData } from './tensor-layout.js';

/** What an encoder run gave, and what it was: its rows share its time. */
export interface EncoderRun extends Spent {
  readonly outputs: ReadonlyMap<string, TensorData>;
  /** Rows of the run, and the tokens that they were padded to. */
  readonly rows: number;
  readonly length: number;
  readonly startedAt: number;
}

/** A row of an encoder run; `at` is its place in the outputs. */
export interface EncodedRow {
  readonly row: DecodeRow;
  readonly at: number;
}

interface Group {
  readonly run: EncoderRun;
  rows: EncodedRow[];
}

/** Sentences that are encoded and wait for a slot of the decoder, first come first served. */
export class EncodedRows {
  readonly #groups: Group[] = [];

  get size(): number {
    return this.#groups.reduce((sum, { rows }) => sum + rows.length, 0);
  }

  add(rows: readonly DecodeRow[], run: EncoderRun): void {
    this.#groups.push({ run, rows: rows.map((row, at) => ({ row, at })) });
  }

  /** Takes at most `count` rows of one run; undefined when there are none. */
  take(count: number): { rows: EncodedRow[]; run: EncoderRun } | undefined {
    const [group] = this.#groups;
    if (group === undefined || count < 1) return undefined;
    const rows = group.rows.splice(0, count);
    this.#forgetEmpty();
    return { rows, run: group.run };
  }

  cancel(ids: ReadonlySet<number>): void {
    for (const group of this.#groups) group.rows = group.rows.filter(({ row }) => !ids.has(row.id));
    this.#forgetEmpty();
  }

  #forgetEmpty(): void {
    for (let i = this.#groups.length - 1; i >= 0; i--)
      if (this.#groups[i]?.rows.length === 0) this.#groups.splice(i, 1);
  }
}
