import type { ServeConfig } from '#config';
import { ManageKeys, ManagePrices } from '#core';
import { systemClock } from '#kernel';
import { tasks } from '#tasks';
import type { Installation } from '../serve/installation.js';
import type { AdminUseCases } from './admin-commands.js';

/** An operator's use cases over the stores of an installation. */
export function adminUseCases(
  { keys, prices, books }: Pick<Installation, 'keys' | 'prices' | 'books'>,
  { currency }: Pick<ServeConfig, 'currency'>,
): AdminUseCases {
  const taskIds = tasks.map(({ id }) => id);
  return {
    keys: new ManageKeys(keys, systemClock),
    prices: new ManagePrices(prices, currency, taskIds),
    books,
  };
}
