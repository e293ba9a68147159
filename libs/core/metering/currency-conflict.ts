import { PriceStore } from '../ports/price-store.js';

/** What is wrong when an installation that has prices is told another currency: its invoices would change their meaning. */
export async function currencyConflict(prices: PriceStore, currency: string): Promise<string | undefined> {
  const other = (await prices.list()).find((price) => price.currency !== currency);
  if (other === undefined) return undefined;
  return `CURRENCY: is ${currency}, but this installation has prices in ${other.currency}; set it back to ${other.currency}`;
}
