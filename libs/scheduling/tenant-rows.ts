/** So many times the rows of all others together make one tenant a crowd (ADR 12). */
const crowd = 3;

/** How many rows of a model each tenant has, waiting and under way. */
export class TenantRows {
  private readonly counts = new Map<string, number>();
  private total = 0;

  add(tenantId: string): void {
    this.counts.set(tenantId, (this.counts.get(tenantId) ?? 0) + 1);
    this.total++;
  }

  delete(tenantId: string): void {
    const left = (this.counts.get(tenantId) ?? 0) - 1;
    if (left > 0) this.counts.set(tenantId, left);
    else this.counts.delete(tenantId);
    this.total--;
  }

  /** One tenant has nearly all of the rows, and is not alone. */
  get isCrowded(): boolean {
    if (this.counts.size < 2) return false;
    const most = Math.max(...this.counts.values());
    return most > crowd * (this.total - most);
  }
}
