import type { Invoice, InvoiceLine } from '#contracts';
import type { Clock } from '#kernel';
import { InvoiceStore } from '../ports/invoice-store.js';
import { PriceStore } from '../ports/price-store.js';
import { buildLines, decimalOf, totalOf } from './build-invoice.js';
import { monthAfter, monthOf } from './month.js';
import { CostOutOfRange } from './price-usage.js';

/**
 * From a month's end to its invoices being final. A row is written seconds after its work at the latest, unless a
 * worker was frozen or its clock is wrong: a day is time to notice.
 */
export const invoiceGraceMs = 86_400_000;

/** Tenants whose invoices are closed before the store is asked again. */
const tenantsPerTurn = 50;

/** A price that was mistyped may be everybody's: the first ones tell which it is. */
const mostNamed = 20;

export interface ClosedMonths {
  /** How many invoices there were. */
  closed: number;
  /** Months before this one are all closed; undefined while that is so of none, or some cannot be. */
  closedBefore: string | undefined;
  /** Those that stay open, as no number holds what they come to. No tenant waits for another's. */
  unclosable: { count: number; named: string[] };
}

interface CloseOptions {
  from?: string | undefined;
  isStopped?: () => boolean;
}

/** Invoices from roll-ups and price history. */
export class IssueInvoices {
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

  /** Whether the invoices of a month are to be final. */
  isOver(month: string): boolean {
    return month < monthOf(this.clock.now() - invoiceGraceMs);
  }

  /**
   * Closes the invoices of every month that is over.
   * @param options `from`: the first month that is looked at; without it the first with usage
   * @throws what the store does: the next tenant would meet it, too
   */
  async closeMonths({ from, isStopped = () => false }: CloseOptions = {}): Promise<ClosedMonths> {
    const result: ClosedMonths = { closed: 0, closedBefore: from, unclosable: { count: 0, named: [] } };
    let month = from ?? (await this.store.firstMonth());
    while (month !== undefined && this.isOver(month) && !isStopped()) {
      await this.closeMonth(month, result, isStopped);
      if (isStopped()) break;
      month = monthAfter(month);
      if (result.unclosable.count === 0) result.closedBefore = month;
    }
    return result;
  }

  private async closeMonth(month: string, result: ClosedMonths, isStopped: () => boolean): Promise<void> {
    const { unclosable } = result;
    let tenants: string[] = [];
    do {
      tenants = await this.store.unclosed(month, { limit: tenantsPerTurn, after: tenants.at(-1) ?? '' });
      for (const tenantId of tenants) {
        try {
          await this.close(tenantId, month);
          result.closed += 1;
        } catch (error) {
          if (!(error instanceof CostOutOfRange)) throw error;
          if (unclosable.count++ < mostNamed)
            unclosable.named.push(`No invoice of tenant ${tenantId} for ${month}: ${error.message}`);
        }
      }
    } while (tenants.length === tenantsPerTurn && !isStopped());
  }

  private async close(tenantId: string, month: string): Promise<void> {
    const lines = await this.lines(tenantId, month);
    await this.store.close(tenantId, { month, currency: this.currency, totalMicros: totalOf(lines), lines });
  }
}
