export interface Demand {
  weight: number;
  perSecond: number;
}

/**
 * What each is due of a capacity, by weighted max-min: nobody gets more than it asks for, and what one leaves is the
 * others', by weight.
 */
export function fairShares(capacity: number, demands: readonly Demand[]): number[] {
  const shares = demands.map(() => 0);
  let left = capacity;
  let hungry = demands.map((demand, index) => ({ ...demand, index }));
  while (hungry.length > 0) {
    const weights = hungry.reduce((sum, { weight }) => sum + weight, 0);
    const level = left / weights;
    const content = hungry.filter(({ perSecond, weight }) => perSecond <= level * weight);
    for (const { index, weight, perSecond } of content.length > 0 ? content : hungry)
      shares[index] = Math.min(perSecond, level * weight);
    if (content.length === 0) break;
    left -= content.reduce((sum, { perSecond }) => sum + perSecond, 0);
    hungry = hungry.filter((each) => !content.includes(each));
  }
  return shares;
}

/** Jain's index: 1 where all values are alike, 1/n where one has everything. */
export function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value ** 2, 0);
  return squares === 0 ? NaN : sum ** 2 / (values.length * squares);
}
