import { AppError } from '#kernel';
import type { Price } from '../ports/price-store.js';

/** What is priced: `model` as rows name it, with or without its revision; '' or left out, no model in particular. */
export interface Priceable {
  task: string;
  model?: string;
}

/** Money, or the units or items that it is for, that no number of JSON holds: nine thousand million of the currency. */
export class CostOutOfRange extends AppError {
  constructor(what: string, of: 'millionths' | 'units' | 'items' = 'millionths') {
    super('invoice.out_of_range', { detail: `${what} beyond 2^53 - 1 ${of}` });
  }
}

type UnitPrice = Pick<Price, 'priceMicros' | 'perUnits'>;

/**
 * The price in force at a moment: the latest that has started, of the model if it has any by then, else of its task.
 * Undefined when there is none, which means free of charge.
 */
export function priceAt(
  prices: readonly Price[],
  { task, model = '' }: Priceable,
  at: Date,
): Price | undefined {
  const [name = ''] = model.split('@', 1);
  const started = prices.filter((price) => price.task === task && price.validFrom <= at);
  const own = started.filter((price) => price.model === name);
  const candidates = own.length > 0 ? own : started.filter((price) => price.model === null);
  return candidates.reduce<Price | undefined>(
    (latest, price) => (latest === undefined || price.validFrom > latest.validFrom ? price : latest),
    undefined,
  );
}

/**
 * What `amount` billed units cost, in millionths of the price's currency: `amount × priceMicros ÷ perUnits`, rounded
 * to the nearest millionth, a half up. Round once, after adding up: 0.5 millionths is the most one call can be off.
 *
 * @param amount whole units, at most 2^53 - 1
 * @throws CostOutOfRange
 */
export function costMicros(amount: number, price: UnitPrice): number {
  const cost = exactCost(amount, price);
  if (cost > mostMicros) throw new CostOutOfRange('a cost');
  return Number(cost);
}

/** The same for what is weighed against a budget, which is at most 2^53 - 1 millionths: no cost beyond that fits either. */
export function weighedCostMicros(amount: number, price: UnitPrice): number {
  const cost = exactCost(amount, price);
  return Number(cost > mostMicros ? mostMicros : cost);
}

const mostMicros = BigInt(Number.MAX_SAFE_INTEGER);

/** Whole numbers all the way: a float would round 0.1 + 0.2. */
function exactCost(amount: number, { priceMicros, perUnits }: UnitPrice): bigint {
  const per = BigInt(perUnits);
  return (2n * BigInt(amount) * BigInt(priceMicros) + per) / (2n * per);
}
