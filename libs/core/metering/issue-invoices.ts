import type { Invoice, InvoiceLine } from '#contracts';
import type { Clock } from '#kernel';
import { InvoiceStore } from '../ports/invoice-store.js';
import { PriceStore } from '../ports/price-store.js';
import { buildLines, decimalOf, totalOf } from './build-invoice.js';
import { monthOf } from './month.js';
import { CostOutOfRange } from './price-usage.js';

/**
 * From a month's end to its invoices being final. A row is written seconds after its work at the latest, unless a
 * worker was frozen or its clock is wrong: a day is time to notice.
 */
const invoiceGraceMs = 86_400_000;

/** From then on it is a fault that a tenant with usage has none: programs that close months look hourly. */
const invoiceDueMs = 2 * invoiceGraceMs;

/**
 * A clock that was wrong for a moment closes no month: looks so far apart must have found it over, and all between them.
 * docs/adr/0015
 */
export const secondLookMs = 1_800_000;

/** Tenants whose invoices are closed before the store is asked again. */
const tenantsPerTurn = 50;

/** A price that was mistyped may be everybody's: the first ones tell which it is. */
const mostNamed = 20;

export interface ClosedMonths {
  /** How many invoices there were. */
  closed: number;
  /** Months that were found over for too short a time: a later look closes them. */
  unconfirmed: string[];
  /** Those that stay open, as no number holds what they come to. No tenant waits for another's. */
  unclosable: { count: number; named: string[] };
}

/** Invoices from roll-ups and price history. */
export class IssueInvoices {
  /**
   * @param currency of the installation, ISO 4217
   * @param confirmMs from the first look that finds a month over to one that may close it
   */
  constructor(
    private readonly store: InvoiceStore,
    private readonly prices: PriceStore,
    private readonly clock: Clock,
    private readonly currency: string,
    private readonly confirmMs = secondLookMs,
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

  /** Whether every tenant with usage in the month must have its final invoice. */
  isDue(month: string): boolean {
    return month < monthOf(this.clock.now() - invoiceDueMs);
  }

  /**
   * Closes the invoices of every month that is over, and was at a look long enough before. Costs what there is to close:
   * months without usage since they were closed are not looked through.
   * @throws what the store does: the next tenant would meet it, too
   */
  async closeMonths(isStopped: () => boolean = () => false): Promise<ClosedMonths> {
    const result: ClosedMonths = { closed: 0, unconfirmed: [], unclosable: { count: 0, named: [] } };
    const over = await this.store.look(monthOf(this.clock.now() - invoiceGraceMs));
    for (const { month, revision, overForMs } of over) {
      if (overForMs < this.confirmMs) {
        result.unconfirmed.push(month);
        continue;
      }
      const unclosable = result.unclosable.count;
      await this.closeMonth(month, result, isStopped);
      if (isStopped()) break;
      if (result.unclosable.count === unclosable) await this.store.settle(month, revision);
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
