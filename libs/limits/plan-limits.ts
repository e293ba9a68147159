import type { Unit } from '#contracts';
import type { Demand, LimitStanding } from '#core';
import { AppError, type Plan, type Principal } from '#kernel';
import type { Rate } from './gcra.js';
import type { Meter, Reading } from './limit.store.js';

export const quotaName = (task: string) => `quota.${task}`;

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

export function rateOf({ ratePerSecond, burst }: Plan): Rate | undefined {
  return ratePerSecond === null ? undefined : { perSecond: ratePerSecond, burst: burst ?? ratePerSecond };
}

/** A meter of a plan, and what it counts. */
export interface PlanMeter extends Meter {
  unit: Unit;
}

/** Finds what a task is billed in; undefined for a task that this server does not have. */
export type UnitOf = (task: string) => Unit | undefined;

/** The quota that a demand meets, if its task has one. */
export function quotaOf(
  { plan }: Principal,
  { task, units }: Pick<Demand, 'task' | 'units'>,
  unitOf: UnitOf,
  now: number,
): PlanMeter[] {
  const limit = plan.monthlyUnits[task];
  const unit = unitOf(task);
  if (limit === undefined || unit === undefined) return [];
  return [{ name: quotaName(task), period: monthOf(now).period, limit, amount: units, unit }];
}

/** Items that the plan can ever admit at once. */
export function mostItems({ plan }: Principal): number {
  const bounds = [plan.maxItems, rateOf(plan)?.burst ?? null, plan.concurrency].filter(
    (bound) => bound !== null,
  );
  return Math.floor(Math.min(Infinity, ...bounds));
}

/** More items than that are a wrong request: no waiting would help. */
export function tooManyItems(principal: Principal, items: number): AppError | undefined {
  const most = mostItems(principal);
  if (items <= most) return undefined;
  return new AppError('request.invalid', {
    detail: `${items} items, and the plan takes at most ${most} in a request: send several`,
    limit: { name: 'items', value: most, unit: 'items' },
  });
}

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
    standings.push({
      name,
      description: `Billed ${unit} of this calendar month (UTC), those of open work included`,
      limit,
      unit,
      remaining: Math.max(0, Math.floor(limit - taken)),
      windowS: (endsAt - startsAt) / 1_000,
      resetS: (endsAt - now) / 1_000,
      isLow: taken >= limit * plan.softThreshold,
    });
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
  return new AppError('quota.exceeded', {
    detail: `${units} ${unit} are asked for and ${remaining} of ${value} are left until ${month} (UTC)`,
    limit: { name: refusedBy, value, unit },
  });
}
