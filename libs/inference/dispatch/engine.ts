import type { SpanReference } from '#kernel';
import type { Row, PackedRun } from '#scheduling';
import type { EngineLink } from './engine-link.js';
import type { PendingRow } from './pending-row.js';

export type PendingWork = Row<PendingRow>;

interface Flight {
  row: PendingWork;
  run: { model: string; continuous: boolean; predictedMs: number };
}

/** An engine whose run takes this many times longer than predicted, and this long at least, is taken for hung. */
const hung = { factor: 20, minMs: 5_000 };

/** A ready engine and the rows it has been given. */
export class Engine {
  readonly link: EngineLink;
  /** Gets no new rows and is stopped when it has none: it is being replaced. */
  draining = false;
  readonly #flights = new Map<number, Flight>();
  #aliveAt = 0;

  constructor(link: EngineLink) {
    this.link = link;
  }

  get rows(): number {
    return this.#flights.size;
  }

  get busySinglePass(): boolean {
    for (const { run } of this.#flights.values()) if (!run.continuous) return true;
    return false;
  }

  rowsOf(model: string): number {
    let count = 0;
    for (const { run } of this.#flights.values()) if (run.model === model) count++;
    return count;
  }

  /** When the oldest of the model's rows was sent, in milliseconds since the epoch; Infinity when there is none. */
  oldestOf(model: string): number {
    let oldest = Infinity;
    for (const { row, run } of this.#flights.values())
      if (run.model === model) oldest = Math.min(oldest, row.payload.sentAt);
    return oldest;
  }

  send(
    model: string,
    continuous: boolean,
    { rows, length, predictedMs }: PackedRun<PendingWork>,
    now: number,
    trace?: SpanReference,
  ): void {
    if (this.rows === 0) this.#aliveAt = now;
    const run = { model, continuous, predictedMs };
    for (const row of rows) {
      row.payload.sent();
      this.#flights.set(row.payload.id, { row, run });
    }
    const sent = rows.map(({ payload }) => ({ id: payload.id, inputs: payload.request.inputs }));
    this.link.run({ ref: model, length, rows: sent }, trace);
  }

  /** Takes an answered row off the list; undefined for one that was cancelled meanwhile. */
  take(id: number): PendingWork | undefined {
    const flight = this.#flights.get(id);
    this.#flights.delete(id);
    return flight?.row;
  }

  /** True when the row was here; the host drops it before its next run. */
  cancel(id: number): boolean {
    if (!this.#flights.delete(id)) return false;
    this.link.cancel([id]);
    return true;
  }

  /** Takes all rows back. */
  empty(): PendingWork[] {
    const rows = [...this.#flights.values()].map(({ row }) => row);
    this.#flights.clear();
    return rows;
  }

  alive(now: number): void {
    this.#aliveAt = now;
  }

  /** True when rows are in flight and the host has been silent for longer than any run could take. */
  isHung(now: number): boolean {
    if (this.rows === 0) return false;
    const predictedMs = Math.max(...[...this.#flights.values()].map(({ run }) => run.predictedMs));
    return now - this.#aliveAt > Math.max(hung.minMs, hung.factor * predictedMs);
  }
}
