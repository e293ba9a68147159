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

/** What invoices are made of, and those that are final. */
export abstract class InvoiceStore {
  abstract find(tenantId: string, month: string): Promise<StoredInvoice | undefined>;
  /** What was billed in the month, up to this moment. */
  abstract slices(tenantId: string, month: string): Promise<UsageSlice[]>;
  /** The first month with usage of anybody; undefined when there is none. */
  abstract firstMonth(): Promise<string | undefined>;
  /** Tenants with usage in the month and no invoice of it, by their ids, those after one. */
  abstract unclosed(month: string, page: { limit: number; after: string }): Promise<string[]>;
  /** Every final invoice of the month; undefined is one that nobody can read, so somebody altered it. */
  abstract closed(month: string): Promise<{ tenantId: string; invoice: StoredInvoice | undefined }[]>;
  /** Stores it for ever; one that is there already stays as it is. */
  abstract close(tenantId: string, invoice: InvoiceToClose): Promise<void>;
}
