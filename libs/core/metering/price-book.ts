import type { Clock } from '#kernel';
import type { Price, PriceStore } from '../ports/price-store.js';
import { priceAt, weighedCostMicros } from './price-usage.js';

/** How late a request may hear of a new price, which itself never starts in the past. */
const freshMs = 10_000;

/** The price list for requests: read every few seconds, however many ask. */
export class PriceBook {
  private read: { at: number; prices: Promise<Price[]> } | undefined;

  constructor(
    private readonly store: PriceStore,
    private readonly clock: Clock,
  ) {}

  current(): Promise<Price[]> {
    const now = this.clock.now();
    if (this.read !== undefined && now - this.read.at < freshMs) return this.read.prices;
    const prices = this.store.list();
    const read = { at: now, prices };
    this.read = read;
    prices.catch(() => {
      if (this.read === read) this.read = undefined;
    });
    return prices;
  }
}

/**
 * The most that units of a task can cost at a moment, in millionths: which model answers is not known yet, so the dearest
 * price that may count. Undefined where nothing of the task has a price.
 */
export function costAtMost(
  prices: readonly Price[],
  { task, amount }: { task: string; amount: number },
  at: Date,
): { micros: number; currency: string } | undefined {
  const models = new Set(prices.filter((price) => price.task === task).map(({ model }) => model ?? ''));
  const costs = [...models].flatMap((model) => {
    const price = priceAt(prices, { task, model }, at);
    if (price === undefined) return [];
    return [{ micros: weighedCostMicros(amount, price), currency: price.currency }];
  });
  return costs.sort((a, b) => b.micros - a.micros)[0];
}
