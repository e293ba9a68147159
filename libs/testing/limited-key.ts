import { ManageKeys } from '#core';
import { systemClock, type Plan } from '#kernel';
import { PrismaKeyStore, type Database } from '#persistence';

export type TenantLimits = Partial<
  Pick<Plan, 'ratePerSecond' | 'burst' | 'concurrency' | 'monthlyUnits' | 'maxItems'>
> & { budget?: number };

let plans = 0;

/** A key of a new tenant that has these limits and no others. */
export async function limitedKey(database: Database, limits: TenantLimits): Promise<string> {
  const {
    ratePerSecond = null,
    burst = null,
    concurrency = null,
    monthlyUnits = {},
    maxItems = null,
  } = limits;
  const planId = `test-${++plans}`;
  const manage = new ManageKeys(new PrismaKeyStore(database), systemClock);
  const tenant = await manage.createTenant(planId);
  await database.transactSql(async (session) => {
    await session.script('SET LOCAL ROLE inferway_directory');
    await session.query(
      `INSERT INTO plans (id, name, rate_per_second, burst, concurrency, monthly_units, max_items)
       VALUES ($1, $1, $2, $3, $4, $5::jsonb, $6)`,
      [planId, ratePerSecond, burst, concurrency, JSON.stringify(monthlyUnits), maxItems],
    );
    await session.query('UPDATE tenants SET plan_id = $1, budget = $2 WHERE id = $3', [
      planId,
      limits.budget ?? null,
      tenant.id,
    ]);
  });
  return (await manage.createKey(tenant.id, 'limited')).text;
}
