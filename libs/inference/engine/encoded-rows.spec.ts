import { describe, expect, it } from '@jest/globals';
import { EncodedRows } from './encoded-rows.js';

const runOf = (rows: number) => ({ outputs: new Map(), rows, length: 8, ms: 4, computeMs: 4, startedAt: 0 });
const rowsOf = (...ids: number[]) => ids.map((id) => ({ id, arrivedAt: 0, length: 8 }));

function drain(encoded: EncodedRows, count: number): [number, number, number][] {
  const taken: [number, number, number][] = [];
  for (let next = encoded.take(count); next !== undefined; next = encoded.take(count)) {
    const { rows, run } = next;
    taken.push(...rows.map(({ row, at }): [number, number, number] => [row.id, at, run.rows]));
  }
  return taken;
}

describe('EncodedRows', () => {
  it('hands rows out in the order they came, each with its place in its own encoder run', () => {
    const encoded = new EncodedRows();
    encoded.add(rowsOf(1, 2, 3), runOf(3));
    encoded.add(rowsOf(4, 5), runOf(2));
    expect(encoded.size).toBe(5);
    expect(encoded.take(0)).toBeUndefined();
    expect(drain(encoded, 2)).toEqual([
      [1, 0, 3],
      [2, 1, 3],
      [3, 2, 3],
      [4, 0, 2],
      [5, 1, 2],
    ]);
    expect(encoded.size).toBe(0);
  });

  it('leaves the places of the others as they are when rows are cancelled', () => {
    const encoded = new EncodedRows();
    encoded.add(rowsOf(1, 2, 3), runOf(3));
    encoded.add(rowsOf(4), runOf(1));
    encoded.cancel(new Set([2, 4]));
    expect(encoded.size).toBe(2);
    expect(drain(encoded, 8)).toEqual([
      [1, 0, 3],
      [3, 2, 3],
    ]);
  });
});
