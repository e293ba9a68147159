import type { SpanReference } from '#kernel';
import type { Row, PackedRun } from '#scheduling';
import type { EngineLink } from './engine-link.js';
import type { PendingRow } from './pending-row.js';
import { Silence, type Hang, type Patience } from './silence.js';

export type PendingWork = Row<PendingRow>;

interface Flight {
  row: PendingWork;
  run: { model: string; continuous: boolean; patience: Patience };
}

/** A ready engine and the rows it has been given. */
export class Engine {
  readonly link: EngineLink;
  /** Gets no new rows and is stopped when it has none: it is being replaced. */
  draining = false;
  readonly #flights = new Map<number, Flight>();
  readonly #silence = new Silence();

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
    { rows, length }: PackedRun<PendingWork>,
    patience: Patience,
    trace?: SpanReference,
  ): void {
    if (this.rows === 0) this.#silence.end();
    const run = { model, continuous, patience };
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

  /** It said something. */
  alive(): void {
    this.#silence.end();
  }

  /** To be called now and then. Of rows in flight, whether it has been silent for longer than any run could take. */
  watch(now: number): Hang | undefined {
    if (this.rows === 0) return undefined;
    this.#silence.watch(now, this.link.activity());
    const patience = [...this.#flights.values()].map(({ run }) => run.patience);
    return this.#silence.exceeds({
      ownMs: Math.max(...patience.map(({ ownMs }) => ownMs)),
      ms: Math.max(...patience.map(({ ms }) => ms)),
    });
  }
}
