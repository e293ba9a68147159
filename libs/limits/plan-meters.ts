import type { Unit } from '#contracts';
import { costAtMost, priceAt, weighedCostMicros, type Demand, type Price, type Spent } from '#core';
import type { Principal } from '#kernel';
import type { Meter } from './limit.store.js';

export const quotaName = (task: string) => `quota.${task}`;
export const budgetName = 'budget';
/** A budget is for good: more money makes it larger, and nothing begins anew. */
const budgetPeriod = 'prepaid';

/** A meter of a plan, and what it counts. */
export interface PlanMeter extends Meter {
  unit: string;
}

/** What meters are made by. */
export interface Meterage {
  /** What a task is billed in; undefined for a task that this server does not have. */
  unitOf: (task: string) => Unit | undefined;
  /** ISO 4217. */
  currency: string;
  prices: readonly Price[];
  now: number;
}

/** The calendar month of a moment, in UTC: what quotas count over. */
export function monthOf(now: number): { period: string; startsAt: number; endsAt: number } {
  const time = new Date(now);
  const [year, month] = [time.getUTCFullYear(), time.getUTCMonth()];
  return {
    period: time.toISOString().slice(0, 7),
    startsAt: Date.UTC(year, month),
    endsAt: Date.UTC(year, month + 1),
  };
}

/** The quota and the budget that a demand meets, where its tenant has them. */
export function metersOf(
  { plan, budget }: Principal,
  { task, units }: Pick<Demand, 'task' | 'units'>,
  { unitOf, currency, prices, now }: Meterage,
): PlanMeter[] {
  const meters: PlanMeter[] = [];
  const [quota, unit] = [plan.monthlyUnits[task], unitOf(task)];
  if (quota !== undefined && unit !== undefined) {
    meters.push({ name: quotaName(task), period: monthOf(now).period, limit: quota, amount: units, unit });
  }
  if (budget !== null) {
    const amount = costAtMost(prices, { task, amount: units }, new Date(now))?.micros ?? 0;
    meters.push({ name: budgetName, period: budgetPeriod, limit: budget, amount, unit: `micro-${currency}` });
  }
  return meters;
}

/** Quotas that a demand does not meet, to be read only. */
export function otherQuotasOf(principal: Principal, task: string, meterage: Meterage): PlanMeter[] {
  const others = Object.keys(principal.plan.monthlyUnits).filter((other) => other !== task);
  return others.flatMap((other) =>
    metersOf({ ...principal, budget: null }, { task: other, units: 0 }, meterage),
  );
}

/** What was held for units of a task, by meter. */
export function heldOf(task: string, units: number, { prices, now }: Pick<Meterage, 'prices' | 'now'>) {
  const micros = costAtMost(prices, { task, amount: units }, new Date(now))?.micros ?? 0;
  return { [quotaName(task)]: units, [budgetName]: micros };
}

/** What was used, by meter. */
export function spentOf(
  task: string,
  spent: readonly Spent[],
  { prices, now }: Pick<Meterage, 'prices' | 'now'>,
) {
  const units = spent.reduce((sum, each) => sum + each.units, 0);
  const byModel = Map.groupBy(spent, ({ model }) => model);
  let micros = 0;
  for (const [model, each] of byModel) {
    const amount = each.reduce((sum, one) => sum + one.units, 0);
    const price = priceAt(prices, { task, model }, new Date(now));
    if (price !== undefined) micros += weighedCostMicros(amount, price);
  }
  return { [quotaName(task)]: units, [budgetName]: micros };
}
