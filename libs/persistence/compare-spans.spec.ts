import { describe, expect, it } from '@jest/globals';
import { partsOf } from './compare-spans.js';

const at = (hour: number) => new Date(Date.UTC(2026, 2, 1, hour));
const cut = (mostRows: number, ...items: [hour: number, rows: number][]) =>
  partsOf(
    at(0),
    at(24),
    items.map(([hour, rows]) => ({ hour: at(hour), items: rows })),
    mostRows,
  ).map(({ from, until }) => [from.getUTCHours(), until.getUTCHours() || 24]);

describe('the parts in which a day is compared', () => {
  it('are the day itself where it has few rows, or none that anybody entered', () => {
    expect(cut(10, [3, 5], [20, 5])).toEqual([[0, 24]]);
    expect(cut(10)).toEqual([[0, 24]]);
  });

  it('hold no more rows than they may, and leave no hour out', () => {
    expect(cut(10, [3, 5], [4, 6], [5, 4], [20, 1])).toEqual([
      [0, 4],
      [4, 20],
      [20, 24],
    ]);
  });

  it('are single hours where one alone has more', () => {
    expect(cut(10, [3, 50], [4, 60])).toEqual([
      [0, 4],
      [4, 24],
    ]);
  });
});
