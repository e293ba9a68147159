import type { Invoice, InvoiceLine } from '#contracts';
import { AppError, type Clock } from '#kernel';
import { InvoiceStore } from '../ports/invoice-store.js';
import { PriceStore } from '../ports/price-store.js';
import { buildLines, decimalOf, totalOf } from './build-invoice.js';
import { monthAfter, monthOf } from './month.js';

/**
 * From a month's end to its invoices being final. A row is written seconds after its work at the latest, unless a
 * worker was frozen or its clock is wrong: a day is time to notice.
 */
export const invoiceGraceMs = 86_400_000;

/** Tenants whose invoices are closed before the store is asked again. */
const tenantsPerTurn = 50;

/** Invoices from roll-ups and price history. */
export class IssueInvoices {
  /** Months before this one have all been closed by this process. */
  private closedBefore: string | undefined;

  /** @param currency of the installation, ISO 4217 */
  constructor(
    private readonly store: InvoiceStore,
    private readonly prices: PriceStore,
    private readonly clock: Clock,
    private readonly currency: string,
  ) {}

  /** What was stored when the month is closed; until then what it would be if it closed now. */
  async execute(tenantId: string, month: string): Promise<Invoice> {
    const stored = await this.store.find(tenantId, month);
    if (stored !== undefined) {
      const { closedAt, ...same } = stored;
      const total = decimalOf(stored.totalMicros);
      return { ...same, status: 'final', total, closedAt: closedAt.toISOString() };
    }
    const lines = await this.lines(tenantId, month);
    const totalMicros = totalOf(lines);
    return {
      month,
      status: 'open',
      currency: this.currency,
      lines,
      totalMicros,
      total: decimalOf(totalMicros),
    };
  }

  /** What the books say the month costs, whatever was stored. */
  async lines(tenantId: string, month: string): Promise<InvoiceLine[]> {
    const [slices, prices] = await Promise.all([this.store.slices(tenantId, month), this.prices.list()]);
    return buildLines(slices, prices);
  }

  /**
   * Closes the invoices of every month that has been over for a day; resolves with how many there were.
   * @throws AppError `internal` for those that cannot be closed, when all others are: no tenant waits for another's
   */
  async closeMonths(isStopped: () => boolean = () => false): Promise<number> {
    const open = monthOf(this.clock.now() - invoiceGraceMs);
    const failures: Error[] = [];
    let month = this.closedBefore ?? (await this.store.firstMonth());
    let closed = 0;
    while (month !== undefined && month < open && !isStopped()) {
      closed += await this.closeMonth(month, failures, isStopped);
      if (isStopped()) break;
      month = monthAfter(month);
      if (failures.length === 0) this.closedBefore = month;
    }
    if (failures.length > 0) {
      const detail = failures.map(({ message }) => message).join('; ');
      throw new AppError('internal', { detail }, { cause: new AggregateError(failures) });
    }
    return closed;
  }

  private async closeMonth(month: string, failures: Error[], isStopped: () => boolean): Promise<number> {
    let closed = 0;
    let tenants: string[] = [];
    do {
      tenants = await this.store.unclosed(month, { limit: tenantsPerTurn, after: tenants.at(-1) ?? '' });
      for (const tenantId of tenants) {
        try {
          await this.close(tenantId, month);
          closed += 1;
        } catch (cause) {
          // The database is away, for the next tenant as well.
          if (cause instanceof AppError && cause.code === 'overloaded') throw cause;
          const reason = cause instanceof Error ? cause.message : String(cause);
          failures.push(new Error(`No invoice of tenant ${tenantId} for ${month}: ${reason}`, { cause }));
        }
      }
    } while (tenants.length === tenantsPerTurn && !isStopped());
    return closed;
  }

  private async close(tenantId: string, month: string): Promise<void> {
    const lines = await this.lines(tenantId, month);
    await this.store.close(tenantId, { month, currency: this.currency, totalMicros: totalOf(lines), lines });
  }
}
