import { TenantRows } from '#scheduling';
import type { PendingWork } from './engine.js';
import type { PendingRow } from './pending-row.js';

/** Every row that is not answered yet, wherever it is. */
export class UnfinishedRows {
  readonly #rows = new Map<PendingRow, PendingWork>();
  readonly #tenants = new Map<string, TenantRows>();

  get size(): number {
    return this.#rows.size;
  }

  add(row: PendingWork): void {
    this.#rows.set(row.payload, row);
    this.#tenantsOf(row.model).add(row.tenantId);
  }

  /** Takes it out; undefined for one that is finished already. */
  take(pending: PendingRow): PendingWork | undefined {
    const row = this.#rows.get(pending);
    if (row === undefined) return undefined;
    this.#rows.delete(pending);
    this.#tenantsOf(row.model).delete(row.tenantId);
    return row;
  }

  all(): PendingRow[] {
    return [...this.#rows.keys()];
  }

  /** One tenant has nearly all rows of the model, beside others. */
  isCrowded(model: string): boolean {
    return this.#tenantsOf(model).isCrowded;
  }

  #tenantsOf(model: string): TenantRows {
    const known = this.#tenants.get(model) ?? new TenantRows();
    this.#tenants.set(model, known);
    return known;
  }
}
