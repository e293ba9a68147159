import type { JobStore, UsageLog } from '#core';
import type { Clock } from '#kernel';
import type { ReadConsumption } from './meter-loader.js';
import { monthOf, quotaName } from './plan-limits.js';

/** Quotas from the usage log and the open jobs: what was metered this month, and what jobs have still to use. */
export function consumptionOf(
  usage: Pick<UsageLog, 'report'>,
  jobs: Pick<JobStore, 'heldUnits'>,
  clock: Clock,
): ReadConsumption {
  return async (tenantId, { name }) => {
    const task = name.slice(quotaName('').length);
    const now = clock.now();
    const range = { from: new Date(monthOf(now).startsAt), to: new Date(now), task };
    const [days, held] = await Promise.all([usage.report(tenantId, range), jobs.heldUnits(tenantId, task)]);
    return {
      used: days.reduce((sum, { amount }) => sum + amount, 0),
      held: held.map(({ jobId, units, expiresAt }) => ({
        id: jobId,
        amount: units,
        expiresAt: expiresAt.getTime(),
      })),
    };
  };
}
