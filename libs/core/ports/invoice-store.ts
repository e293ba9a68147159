import type { InvoiceLine, Unit } from '#contracts';

/** Billed usage of a part of a month in which no price of the task started. */
export interface UsageSlice {
  startsAt: Date;
  task: string;
  model: string;
  unit: Unit;
  items: number;
  amount: number;
}

/** An invoice that is final. */
export interface StoredInvoice {
  month: string;
  currency: string;
  totalMicros: number;
  lines: InvoiceLine[];
  closedAt: Date;
}

export type InvoiceToClose = Omit<StoredInvoice, 'closedAt'>;

/** A month that is over, and of which there may be invoices to close. */
export interface MonthToClose {
  month: string;
  /** Grows whenever usage of the month is rolled up. */
  revision: number;
  /** Since the first of the looks that have all found it over. */
  overForMs: number;
}

/** What invoices are made of, and those that are final. */
export abstract class InvoiceStore {
  abstract find(tenantId: string, month: string): Promise<StoredInvoice | undefined>;
  /** What was billed in the month, up to this moment. */
  abstract slices(tenantId: string, month: string): Promise<UsageSlice[]>;
  /**
   * Looks which months are over: those before `running` that the database's clock finds over, too. Remembers since when
   * every look of any program has found one so, and forgets that of those that this one does not.
   * @returns those with something to close, oldest first
   */
  abstract look(running: string): Promise<MonthToClose[]>;
  /** Nothing of the month is left to close, until it has another revision. */
  abstract settle(month: string, revision: number): Promise<void>;
  /** Tenants with usage in the month and no invoice of it, by their ids, those after one. */
  abstract unclosed(month: string, page: { limit: number; after: string }): Promise<string[]>;
  /** Every final invoice of the month; undefined is one that nobody can read, so somebody altered it. */
  abstract closed(month: string): Promise<{ tenantId: string; invoice: StoredInvoice | undefined }[]>;
  /** Stores it for ever; one that is there already stays as it is. */
  abstract close(tenantId: string, invoice: InvoiceToClose): Promise<void>;
}
