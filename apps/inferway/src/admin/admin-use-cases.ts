import type { ServeConfig } from '#config';
import { IssueInvoices, ManageKeys, ManagePrices, VerifyBooks } from '#core';
import { systemClock } from '#kernel';
import { tasks } from '#tasks';
import type { Installation } from '../serve/installation.js';
import type { AdminUseCases } from './admin-commands.js';

/** An operator's use cases over the stores of an installation. */
export function adminUseCases(
  { keys, prices, books, invoices }: Pick<Installation, 'keys' | 'prices' | 'books' | 'invoices'>,
  { currency }: Pick<ServeConfig, 'currency'>,
): AdminUseCases {
  const taskIds = tasks.map(({ id }) => id);
  const issue = new IssueInvoices(invoices, prices, systemClock, currency);
  return {
    keys: new ManageKeys(keys, systemClock),
    prices: new ManagePrices(prices, currency, taskIds),
    books,
    invoices: issue,
    verify: new VerifyBooks(books, invoices, issue),
  };
}
