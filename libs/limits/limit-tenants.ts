import type { TaskContract } from '#contracts';
import { PriceBook, type PriceStore } from '#core';
import type { Clock } from '#kernel';
import type { LimitStore } from './limit.store.js';
import { PlanAdmission, type PlanAdmissionOptions } from './plan-admission.js';
import { consumptionOf, type ConsumptionSources } from './read-consumption.js';

export interface LimitTenantsOptions extends Pick<
  PlanAdmissionOptions,
  'withoutStore' | 'currency' | 'observer'
> {
  store: LimitStore;
  clock: Clock;
  /** As usage is dated, where `clock` only measures. */
  calendar: Clock;
  usage: ConsumptionSources['usage'];
  jobs: ConsumptionSources['jobs'];
  prices: PriceStore;
  tasks: readonly Pick<TaskContract, 'id' | 'unit'>[];
}

/** The limits of an installation over its stores. */
export function limitTenants(options: LimitTenantsOptions): PlanAdmission {
  const { tasks, usage, jobs, clock, calendar } = options;
  const prices = new PriceBook(options.prices, clock);
  const units = new Map(tasks.map(({ id, unit }) => [id, unit]));
  return new PlanAdmission({
    ...options,
    prices,
    read: consumptionOf({ usage, jobs, prices, calendar }),
    unitOf: (task) => units.get(task),
  });
}
