import { InvoiceStore, type StoredInvoice } from '../ports/invoice-store.js';
import { UsageBooks, type BookDifference, type DroppedMonth, type OddRow } from '../ports/usage-books.js';
import { decimalOf, totalOf } from './build-invoice.js';
import type { IssueInvoices } from './issue-invoices.js';
import { dayMs, monthOf } from './month.js';
import { CostOutOfRange } from './price-usage.js';

/** Most differences that are named for one day, or of invoices of one month: the first ones tell what happened. */
const mostNamed = 100;

/**
 * Proves that rows, ledger, roll-ups and final invoices agree, a day at a time, and that no invoice is missing; names each
 * place where they do not.
 */
export class VerifyBooks {
  constructor(
    private readonly books: UsageBooks,
    private readonly store: InvoiceStore,
    private readonly invoices: IssueInvoices,
  ) {}

  /**
   * Months that the books know, oldest first.
   * @param last the running month, so many less one before it, and all later ones: a clock that is ahead hides none
   */
  months(last?: number): Promise<string[]> {
    return this.books.months(last);
  }

  /** What differs on a UTC day, one line each. */
  async day(day: Date): Promise<string[]> {
    const until = new Date(day.getTime() + dayMs);
    return (await this.books.compare(day, until, mostNamed)).map(describe);
  }

  /** Months of which rows were dropped, oldest first. */
  dropped(): Promise<DroppedMonth[]> {
    return this.books.dropped();
  }

  /** Where what was dropped of the month, with what is left of it, is not what was entered, one line each. */
  async droppedOf(month: string): Promise<string[]> {
    return (await this.books.compareDropped(month, mostNamed)).map(describe);
  }

  /** What final invoices of the month differ from the books in, and tenants without one when it is due, one line each. */
  async invoicesOf(month: string): Promise<string[]> {
    const differences: string[] = [];
    for (const { tenantId, invoice } of await this.store.closed(month)) {
      const expected = await this.expected(tenantId, month);
      if (invoice !== undefined && expected !== undefined && textOf(invoice) === textOf(expected)) continue;
      const found = invoice && `says ${decimalOf(invoice.totalMicros)} ${invoice.currency}`;
      const wanted = expected && decimalOf(expected.totalMicros);
      differences.push(
        `tenant ${tenantId}, month ${month}: the final invoice ${found ?? 'was altered and cannot be read'}, ` +
          `roll-ups and prices say ${wanted ?? 'more than a number can hold'}`,
      );
    }
    if (!this.invoices.isDue(month)) return differences;
    for (const tenantId of await this.store.unclosed(month, { limit: mostNamed, after: '' }))
      differences.push(`tenant ${tenantId}, month ${month}: there is usage, and no final invoice`);
    return differences;
  }

  /** Undefined where no number holds what roll-ups and prices come to. */
  private async expected(tenantId: string, month: string): Promise<Charged | undefined> {
    try {
      const lines = await this.invoices.lines(tenantId, month);
      return { lines, totalMicros: totalOf(lines) };
    } catch (error) {
      if (error instanceof CostOutOfRange) return undefined;
      throw error;
    }
  }
}

type Charged = Pick<StoredInvoice, 'lines' | 'totalMicros'>;

/** By what is charged, in any order of fields: JSON that a database kept comes back in its own. */
function textOf({ lines, totalMicros }: Charged): string {
  const parts = lines.map((line) => [line.task, line.model, line.unit, line.items, line.amount, line.micros]);
  return JSON.stringify([totalMicros, parts]);
}

function describe(difference: BookDifference): string {
  const { tenantId, hour, task, record, keyId, model, status, expected, found } = difference;
  const where = `tenant ${tenantId}, hour ${hour.toISOString()}, task ${task}`;
  if (record === 'rows') return `${where}: rows: ${againstEntered(difference)}`;
  if (record === 'ledger')
    return `${where}: roll-ups: ${numbers(found)}; entered when the rows were written: ${numbers(expected)}`;
  if (record === 'dropped') {
    const month = `tenant ${tenantId}, month ${monthOf(hour.getTime())}`;
    return `${month}: dropped and left: ${againstEntered(difference)}`;
  }
  const which = `key ${keyId ?? ''}, model ${model ?? ''}, outcome ${status ?? ''}`;
  if (record === 'roll-up')
    return `${where}: roll-up of ${which}: ${numbers(found)}; its rows: ${numbers(expected)}`;
  const day = `tenant ${tenantId}, day ${hour.toISOString().slice(0, 10)}, task ${task}`;
  return `${day}: sum of ${which}: ${numbers(found)}; its roll-ups: ${numbers(expected)}`;
}

function againstEntered(difference: BookDifference): string {
  const { expected, found, oddRow, several } = difference;
  const same = expected.items === found.items && expected.amount === found.amount;
  const what = same ? 'the digest differs' : numbers(found);
  const entered = `${what}; entered when they were written: ${numbers(expected)}`;
  const missing = BigInt(expected.items) - BigInt(found.items);
  if (missing === 0n) return `${entered}; altered: ${alteredOf(difference)}`;
  const which = oddRow === undefined ? `${missing < 0n ? -missing : missing} rows` : nameOf(oddRow);
  const others = several === true ? '; altered: others, or the ledger' : '';
  return `${entered}; ${missing > 0n ? 'missing' : 'too many'}: ${which}${others}`;
}

function alteredOf({ oddRow, enteredAs, several }: BookDifference): string {
  if (several === undefined) return 'one row or more';
  if (several) return 'several rows, or the ledger';
  if (oddRow === undefined) return 'one row, which is gone since';
  return nameOf(oddRow) + (enteredAs === undefined ? '' : `, entered as ${nameOf(enteredAs)}`);
}

function nameOf({ requestId, item, status }: OddRow): string {
  return `request ${requestId}, item ${item}, outcome ${status}`;
}

function numbers({ items, amount }: { items: string; amount: string }): string {
  return `${items} items, ${amount} units`;
}
