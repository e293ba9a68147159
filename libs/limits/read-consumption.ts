import {
  costAtMost,
  priceAt,
  weighedCostMicros,
  type JobStore,
  type Price,
  type PriceBook,
  type UsageLog,
} from '#core';
import type { UsageBucket } from '#contracts';
import type { Clock } from '#kernel';
import type { ReadConsumption } from './meter-loader.js';
import { budgetName, monthOf, quotaName } from './plan-meters.js';

export interface ConsumptionSources {
  usage: Pick<UsageLog, 'report'>;
  jobs: Pick<JobStore, 'heldUnits'>;
  prices: Pick<PriceBook, 'current'>;
  /** As usage is dated. */
  calendar: Clock;
}

/** Before any installation. */
const beginning = new Date('2020-01-01');

/** What was metered, and what open jobs have still to use: units of a month for a quota, money of all time for a budget. */
export function consumptionOf({ usage, jobs, prices, calendar }: ConsumptionSources): ReadConsumption {
  return (tenantId, { name, period }) =>
    name === budgetName
      ? readBudget(tenantId)
      : readQuota(tenantId, name.slice(quotaName('').length), period);

  async function readQuota(tenantId: string, task: string, period: string) {
    const { startsAt, endsAt } = monthOf(Date.parse(`${period}-01`));
    const range = { from: new Date(startsAt), to: new Date(Math.min(endsAt - 1, calendar.now())), task };
    const [days, held] = await Promise.all([usage.report(tenantId, range), jobs.heldUnits(tenantId, task)]);
    return {
      used: days.reduce((sum, { amount }) => sum + amount, 0),
      held: held.map(({ jobId, units, expiresAt }) => ({
        id: jobId,
        amount: units,
        expiresAt: expiresAt.getTime(),
      })),
    };
  }

  async function readBudget(tenantId: string) {
    const now = new Date(calendar.now());
    const [list, held] = await Promise.all([prices.current(), jobs.heldUnits(tenantId)]);
    const buckets = await readBuckets(tenantId, list, now);
    return {
      used: costOf(buckets, list),
      held: held.map(({ jobId, task, units, expiresAt }) => ({
        id: jobId,
        amount: costAtMost(list, { task, amount: units }, now)?.micros ?? 0,
        expiresAt: expiresAt.getTime(),
      })),
    };
  }

  /** By day, and by hour on days when a price began: usage is priced by the price at the start of its bucket. */
  async function readBuckets(tenantId: string, list: readonly Price[], now: Date): Promise<UsageBucket[]> {
    const groupBy = ['model'] as const;
    const days = await usage.report(tenantId, { from: beginning, to: now, groupBy });
    const changed = new Set(list.map(({ validFrom }) => validFrom.toISOString().slice(0, 10)));
    const dates = [...new Set(days.map(({ day }) => day))].filter((day) => changed.has(day));
    const hours = await Promise.all(
      dates.map((day) => {
        const date = new Date(day);
        return usage.report(tenantId, { from: date, to: date, bucket: 'hour', groupBy });
      }),
    );
    return [...days.filter(({ day }) => !changed.has(day)), ...hours.flat()];
  }
}

/** Added up by price and rounded once for each, as an invoice is. */
function costOf(buckets: readonly UsageBucket[], prices: readonly Price[]): number {
  const amounts = new Map<Price, number>();
  for (const bucket of buckets) {
    const { task, model = '', start } = bucket;
    const price = priceAt(prices, { task, model }, new Date(start));
    if (price !== undefined) amounts.set(price, (amounts.get(price) ?? 0) + bucket.amount);
  }
  const cost = [...amounts].reduce((sum, [price, amount]) => sum + weighedCostMicros(amount, price), 0);
  return Math.min(cost, Number.MAX_SAFE_INTEGER);
}
