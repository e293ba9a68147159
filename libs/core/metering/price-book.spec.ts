import { describe, expect, it } from '@jest/globals';
import { PriceStore, type Price } from '../ports/price-store.js';
import { costAtMost, PriceBook } from './price-book.js';

const price = (model: string | null, priceMicros: number, validFrom = 0): Price => ({
  id: `${model ?? ''}${validFrom}`,
  task: 'translate',
  model,
  priceMicros,
  perUnits: 1_000,
  currency: 'EUR',
  validFrom: new Date(validFrom),
  createdAt: new Date(0),
});

class CountingStore extends PriceStore {
  reads = 0;
  away = false;
  override list() {
    this.reads++;
    return this.away ? Promise.reject(new Error('away')) : Promise.resolve([price(null, 5)]);
  }
  override add(): Promise<Price> {
    return Promise.reject(new Error('not here'));
  }
}

describe('the price book', () => {
  it('is read once in ten seconds, and again at once where reading failed', async () => {
    const store = new CountingStore();
    let now = 0;
    const book = new PriceBook(store, { now: () => now });
    await Promise.all([book.current(), book.current()]);
    now = 9_999;
    await book.current();
    expect(store.reads).toBe(1);
    now = 10_000;
    store.away = true;
    await expect(book.current()).rejects.toThrow('away');
    store.away = false;
    await expect(book.current()).resolves.toHaveLength(1);
  });
});

describe('costAtMost', () => {
  const at = new Date(1_000);
  it('is by the dearest price in force: which model answers is not known yet', () => {
    const prices = [price(null, 5), price('a', 8), price('b', 2), price('b', 900, 2_000)];
    expect(costAtMost(prices, { task: 'translate', amount: 1_000 }, at)).toEqual({
      micros: 8,
      currency: 'EUR',
    });
    expect(costAtMost(prices, { task: 'translate', amount: 1_000 }, new Date(2_000))?.micros).toBe(900);
  });

  it('is more than any budget where no number can hold it', () => {
    const dear = [price(null, Number.MAX_SAFE_INTEGER)];
    const { micros } = costAtMost(dear, { task: 'translate', amount: 2_000 }, at) ?? {};
    expect(micros).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('is nothing to speak of where nothing has a price', () => {
    expect(costAtMost([price('a', 8)], { task: 'embed', amount: 1 }, at)).toBeUndefined();
  });
});
