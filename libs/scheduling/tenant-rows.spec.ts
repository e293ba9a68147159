import { describe, expect, it } from '@jest/globals';
import { TenantRows } from './tenant-rows.js';

describe('TenantRows', () => {
  const rowsOf = (counts: Record<string, number>) => {
    const rows = new TenantRows();
    for (const [tenant, count] of Object.entries(counts)) for (let i = 0; i < count; i++) rows.add(tenant);
    return rows;
  };

  it('is crowded by a tenant with more than three times the rows of all others', () => {
    expect(rowsOf({ few: 8, many: 25 }).isCrowded).toBe(true);
    expect(rowsOf({ few: 8, many: 24 }).isCrowded).toBe(false);
    expect(rowsOf({ few: 4, other: 4, many: 25 }).isCrowded).toBe(true);
  });

  it('is not crowded by a tenant that is alone, nor by many alike', () => {
    expect(rowsOf({ many: 400 }).isCrowded).toBe(false);
    expect(rowsOf({ a: 10, b: 10, c: 10 }).isCrowded).toBe(false);
    expect(rowsOf({}).isCrowded).toBe(false);
  });

  it('counts no row that is finished', () => {
    const rows = rowsOf({ few: 1, many: 30 });
    rows.delete('few');
    expect(rows.isCrowded).toBe(false);
    rows.add('few');
    expect(rows.isCrowded).toBe(true);
    for (let i = 0; i < 27; i++) rows.delete('many');
    expect(rows.isCrowded).toBe(false);
  });
});
