import { describe, expect, it } from '@jest/globals';
import { atRisingLoad } from './at-rising-load.js';

const measuredAt = async (concurrencies: number[], itemsPerSecond: number) =>
  (await atRisingLoad(concurrencies, (clients) => Promise.resolve({ clients, itemsPerSecond }))).map(
    ({ clients }) => clients,
  );

describe('rows at rising load', () => {
  it('asks a slow task with no more clients than it answers in good time', async () => {
    await expect(measuredAt([1, 8, 64, 256], 33)).resolves.toEqual([1, 8, 64]);
    await expect(measuredAt([1, 8, 64, 256], 160)).resolves.toEqual([1, 8, 64, 256]);
  });
});
