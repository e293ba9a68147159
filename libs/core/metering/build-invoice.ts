import type { InvoiceLine } from '#contracts';
import type { UsageSlice } from '../ports/invoice-store.js';
import type { Price } from '../ports/price-store.js';
import { CostOutOfRange, costMicros, priceAt } from './price-usage.js';

/**
 * The lines of an invoice: slices of one task, model, unit and price are added up and priced once, so that rounding
 * costs at most half a millionth a line. Slices begin where a price begins: each has one.
 * @throws CostOutOfRange
 */
export function buildLines(slices: readonly UsageSlice[], prices: readonly Price[]): InvoiceLine[] {
  const sums = new Map<string, UsageSlice & { price: Price | undefined }>();
  for (const slice of slices.filter(({ amount }) => amount > 0)) {
    const price = priceAt(prices, slice, slice.startsAt);
    const key = JSON.stringify([
      slice.task,
      slice.model,
      slice.unit,
      price?.validFrom ?? null,
      price?.id ?? null,
    ]);
    const sum = sums.get(key) ?? { ...slice, items: 0, amount: 0, price };
    sums.set(key, { ...sum, items: sum.items + slice.items, amount: sum.amount + slice.amount });
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { task, model, unit, items, amount, price }]) => {
      if (!Number.isSafeInteger(amount)) throw new CostOutOfRange('an amount', 'units');
      if (!Number.isSafeInteger(items)) throw new CostOutOfRange('a count', 'items');
      return {
        ...{ task, model, unit, items, amount },
        ...(price !== undefined && {
          priceId: price.id,
          priceMicros: price.priceMicros,
          perUnits: price.perUnits,
          validFrom: price.validFrom.toISOString(),
        }),
        micros: price === undefined ? 0 : costMicros(amount, price),
      };
    });
}

export function totalOf(lines: readonly InvoiceLine[]): number {
  const total = lines.reduce((sum, line) => sum + BigInt(line.micros), 0n);
  if (total > BigInt(Number.MAX_SAFE_INTEGER)) throw new CostOutOfRange('an invoice');
  return Number(total);
}

/** 12,345,678 millionths → `12.345678` */
export function decimalOf(micros: number): string {
  const digits = String(micros).padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
