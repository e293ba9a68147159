import { keyRequest, tenantRequest, type PlanRequest } from '#contracts';
import { Administration, systemOperator } from '#core';
import { systemClock } from '#kernel';
import { openDirectory, type Database } from '#persistence';

export type TenantLimits = Pick<
  PlanRequest,
  'ratePerSecond' | 'burst' | 'concurrency' | 'monthlyUnits' | 'maxItems'
> & { budget?: number };

let made = 0;

/** A key of a new tenant that has these limits and no others. */
export async function limitedKey(database: Database, { budget, ...limits }: TenantLimits): Promise<string> {
  const planId = `test-${++made}`;
  const taskIds = Object.keys(limits.monthlyUnits ?? {});
  const { plans, tenants, keys } = new Administration(openDirectory(database), systemClock, taskIds);
  await plans.create(systemOperator, { id: planId, ...limits });
  const tenant = tenantRequest.parse({ name: planId, planId, budget: budget ?? null });
  const { id: tenantId } = await tenants.create(systemOperator, tenant);
  return (await keys.create(systemOperator, keyRequest.parse({ tenantId }))).text;
}
