import { AppError, type Clock } from '#kernel';
import { DrainRate } from './drain-rate.js';
import { retryAfterS } from './retry-after.js';

/** A unit-weight tenant may fill this many times the free room: one alone gets 80 % of the bound, never all of it. */
const roomFactor = 4;

/**
 * The bound of the waiting list in predicted milliseconds, and the refusal at the door.
 *
 * The room is shared by dynamic thresholds (Choudhury and Hahne 1998): what a tenant may have waiting is a multiple of
 * the room still free. However many flood it, some room stays for whoever has little waiting; a plain bound
 * would let one tenant lock everyone else out at the door, where the fair queue cannot help.
 */
export class Backlog {
  private readonly tenants = new Map<string, { ms: number; rows: number }>();
  private readonly drainRate: DrainRate;
  private waitingMs = 0;
  private waitingRows = 0;

  /** @param engines that share the work */
  constructor(
    clock: Clock,
    private readonly maxMs: number,
    engines: number,
  ) {
    this.drainRate = new DrainRate(clock, engines);
  }

  get totalMs(): number {
    return this.waitingMs;
  }

  /** Seconds until the backlog of now is worked off at the measured rate; whole, 1 or more. */
  get retryAfterS(): number {
    return retryAfterS(this.waitingMs / this.drainRate.value);
  }

  /** A single row is let into an empty list whatever its cost: refusing it would be refusing it for ever. */
  hasRoom(tenantId: string, weight: number, costMs: number): boolean {
    if (this.waitingRows === 0) return true;
    const roomMs = this.maxMs - this.waitingMs;
    if (costMs > roomMs) return false;
    const own = this.tenants.get(tenantId);
    return own === undefined || own.ms + costMs <= roomFactor * weight * roomMs;
  }

  overloaded(): AppError {
    return new AppError('overloaded', {
      detail: 'More work is waiting than can be answered in time',
      limit: { name: 'backlog', value: this.maxMs, unit: 'ms' },
      retryAfterS: this.retryAfterS,
    });
  }

  add({ tenantId, costMs }: { tenantId: string; costMs: number }): void {
    const own = this.tenants.get(tenantId);
    if (own === undefined) this.tenants.set(tenantId, { ms: costMs, rows: 1 });
    else {
      own.ms += costMs;
      own.rows++;
    }
    this.waitingMs += costMs;
    this.waitingRows++;
  }

  /** A row went away without costing compute: cancelled or expired. */
  remove(row: { tenantId: string; costMs: number }): void {
    this.subtract(row);
    if (this.waitingRows === 0) this.drainRate.emptied();
  }

  /** Rows went to an engine. */
  dispatched(rows: readonly { tenantId: string; costMs: number }[]): void {
    for (const row of rows) this.subtract(row);
    const workMs = rows.reduce((sum, { costMs }) => sum + costMs, 0);
    this.drainRate.dispatched(workMs, this.waitingRows > 0);
  }

  /** Sums are set to 0 with the last row: rounding leaves no ghost backlog. */
  private subtract({ tenantId, costMs }: { tenantId: string; costMs: number }): void {
    const own = this.tenants.get(tenantId);
    if (own === undefined) return;
    own.ms -= costMs;
    own.rows--;
    if (own.rows === 0) this.tenants.delete(tenantId);
    this.waitingRows--;
    this.waitingMs = this.waitingRows === 0 ? 0 : Math.max(0, this.waitingMs - costMs);
  }
}
