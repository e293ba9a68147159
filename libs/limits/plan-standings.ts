import type { Demand, LimitStanding } from '#core';
import { AppError, type Principal } from '#kernel';
import type { Reading } from './limit.store.js';
import { rateOf } from './plan-limits.js';
import { budgetName, monthOf, type PlanMeter } from './plan-meters.js';

/** The limits that a claim met, as callers see them. */
export function standingsOf(
  { plan }: Principal,
  reading: Reading,
  meters: readonly PlanMeter[],
  now: number,
): LimitStanding[] {
  const rate = rateOf(plan);
  const standings: LimitStanding[] = [];
  if (rate !== undefined && reading.rate !== undefined) {
    const { remaining, waitMs } = reading.rate;
    const nextItemS = 1 / rate.perSecond;
    standings.push({
      name: 'rate',
      description: `Items at once; ${rate.perSecond} a second come back`,
      limit: rate.burst,
      unit: 'items',
      remaining: Math.floor(remaining + 1e-6),
      windowS: rate.burst / rate.perSecond,
      resetS: reading.refusedBy === 'rate' ? waitMs / 1_000 : nextItemS,
      isLow: false,
    });
  }
  if (plan.concurrency !== null) {
    standings.push({
      name: 'concurrency',
      description: 'Items in work at one time',
      limit: plan.concurrency,
      unit: 'items',
      remaining: Math.max(0, plan.concurrency - reading.inWork),
      isLow: false,
    });
  }
  const { startsAt, endsAt } = monthOf(now);
  for (const { name, limit, unit } of meters) {
    const found = reading.meters.find((meter) => meter.name === name);
    if (found === undefined) continue;
    const taken = found.used + found.held;
    const remaining = Math.max(0, Math.floor(limit - taken));
    const isLow = taken >= limit * plan.softThreshold;
    const overTime =
      name === budgetName
        ? { description: 'Prepaid money, what open work may cost included' }
        : {
            description: `Billed ${unit} of this calendar month (UTC), those of open work included`,
            windowS: (endsAt - startsAt) / 1_000,
            resetS: (endsAt - now) / 1_000,
          };
    standings.push({ name, limit, unit, remaining, isLow, ...overTime });
  }
  return standings;
}

/** The refusal by one of the limits. */
export function refusalOf(
  { plan }: Principal,
  reading: Reading & { refusedBy: string },
  { items, units }: Pick<Demand, 'items' | 'units'>,
  standings: readonly LimitStanding[],
  now: number,
): AppError {
  const { refusedBy } = reading;
  if (refusedBy === 'rate') {
    const value = plan.ratePerSecond ?? 0;
    return new AppError('rate.limited', {
      detail: `${items} more items do not fit into ${value} items a second`,
      limit: { name: 'rate', value, unit: 'items/s' },
      retryAfterS: Math.ceil(reading.rate?.waitMs ?? 0) / 1_000,
    });
  }
  if (refusedBy === 'concurrency') {
    const value = plan.concurrency ?? 0;
    return new AppError('rate.limited', {
      detail: `${items} more items, and ${reading.inWork} of ${value} are in work: wait for replies`,
      limit: { name: 'concurrency', value, unit: 'items' },
      retryAfterS: 1,
    });
  }
  const met = standings.find(({ name }) => name === refusedBy);
  const { limit: value, unit, remaining } = met ?? { limit: 0, unit: 'units', remaining: 0 };
  const month = new Date(monthOf(now).endsAt).toISOString().slice(0, 10);
  const detail =
    refusedBy === budgetName
      ? `This may cost more than the ${remaining} ${unit} that are left of the budget`
      : `${units} ${unit} are asked for and ${remaining} of ${value} are left until ${month} (UTC)`;
  return new AppError('quota.exceeded', { detail, limit: { name: refusedBy, value, unit } });
}
