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
  /** Runs of cancelled rows that the host has not dropped yet. */
  readonly #cancelled = new Map<number, Flight['run']>();
  readonly #silence = new Silence();

  constructor(link: EngineLink) {
    this.link = link;
  }

  get rows(): number {
    return this.#flights.size;
  }

  /**
   * Its host may be at a run that nobody waits for. It gets nothing until it has dropped the row: should that be what it
   * never comes back from, others' rows would look like the cause.
   */
  get busyForNobody(): boolean {
    return this.#cancelled.size > 0;
  }

  get isIdle(): boolean {
    return this.rows === 0 && !this.busyForNobody;
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
    if (this.isIdle) this.#silence.end();
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
    const flight = this.#flights.get(id);
    if (flight === undefined) return false;
    this.#flights.delete(id);
    this.#cancelled.set(id, flight.run);
    this.link.cancel([id]);
    return true;
  }

  /** The host is done with rows that were cancelled. */
  dropped(ids: readonly number[]): void {
    for (const id of ids) this.#cancelled.delete(id);
    this.alive();
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

  /** To be called now and then. While it has work, whether it has been silent for longer than any run could take. */
  watch(now: number): Hang | undefined {
    if (this.isIdle) return undefined;
    this.#silence.watch(now, this.link.activity());
    const runs = [...[...this.#flights.values()].map(({ run }) => run), ...this.#cancelled.values()];
    const hang = this.#silence.exceeds({
      ownMs: Math.max(...runs.map(({ patience }) => patience.ownMs)),
      ms: Math.max(...runs.map(({ patience }) => patience.ms)),
    });
    // A cancelled row may be the cause: then those in flight are not.
    return hang === 'own' && this.busyForNobody ? 'any' : hang;
  }
}
