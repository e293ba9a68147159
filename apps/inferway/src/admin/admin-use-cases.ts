import { userInfo } from 'node:os';
import type { ServeConfig } from '#config';
import {
  Administration,
  DropUsage,
  ExportUsage,
  IssueInvoices,
  ManagePrices,
  ShowInvoice,
  VerifyBooks,
  type Directory,
  type InvoiceStore,
  type Operator,
  type PriceStore,
  type UsageBooks,
} from '#core';
import { systemClock, wallClock } from '#kernel';
import { tasks } from '#tasks';
import type { AdminUseCases } from './admin-commands.js';

/** What the commands of operators need of the database. */
export interface AdminStores {
  directory: Directory;
  prices: PriceStore;
  books: UsageBooks;
  invoices: InvoiceStore;
}

/** An operator's use cases over the stores of an installation. */
export function adminUseCases(
  { directory, prices, books, invoices }: AdminStores,
  { billing: { currency, usageRetentionMonths } }: Pick<ServeConfig, 'billing'>,
): AdminUseCases {
  const taskIds = tasks.map(({ id }) => id);
  const issue = new IssueInvoices(invoices, prices, wallClock, currency);
  return {
    administration: new Administration(directory, wallClock, taskIds),
    prices: new ManagePrices(prices, currency, taskIds, wallClock),
    books,
    invoices: issue,
    showInvoice: new ShowInvoice(issue, directory.tenants),
    drop: new DropUsage(books, systemClock, usageRetentionMonths),
    events: new ExportUsage(books),
    verify: new VerifyBooks(books, invoices, issue),
    operator: commandLineOperator(),
  };
}

/** Whoever may use the admin socket is the user that the server runs as, or root, which may be anybody. */
function commandLineOperator(): Operator {
  return { actor: `cli:${userName()}`, tenantId: null, address: null, requestId: null };
}

/** In a container the user may have a number and no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`;
  }
}
