import type { Database } from '#persistence';

/** Each tenant has so many groups an hour: four tasks, two keys. */
export const groupsPerHour = 8;
export const hoursPerYear = 365 * 24;
export const lastDay = '2026-10-31';

/**
 * The roll-ups that a year of steady use leaves: every tenant, every hour, four tasks by two keys. They are written
 * month by month in the order of time, as they come: a tenant's are strewn over the whole table. Rows themselves are
 * not made; reports do not read them.
 * @returns how many roll-ups there are
 */
export async function fillRollups(
  database: Database,
  tenants: number,
  rowsPerRollup: number,
  onMonth: (month: number) => void,
): Promise<number> {
  for (let month = 0; month < 12; month++) {
    await database.transactSql(async (session) => {
      await session.script('SET LOCAL synchronous_commit = off; SET LOCAL role = inferway_ledger');
      await session.query(
        `INSERT INTO usage_rollups
         SELECT 'ten_' || tenant, hour, (ARRAY['translate', 'answer', 'embed', 'classify-image'])[1 + part / 2],
           'key_' || part % 2, 'model-of-a-usual-name@3', CASE part / 2 WHEN 3 THEN 'images' ELSE 'characters' END, 'ok',
           $2::int, $2::int * (100 + tenant % 7), 12.5, 1.5
         FROM generate_series($3::timestamptz, $3::timestamptz + interval '1 month' - interval '1 hour', interval '1 hour') hour,
           generate_series(1, $1::int) tenant, generate_series(0, ${groupsPerHour - 1}) part`,
        [tenants, rowsPerRollup, new Date(Date.UTC(2025, 10 + month)).toISOString()],
      );
    });
    onMonth(month + 1);
  }
  await database.transactSql((session) =>
    session.script(
      `SET LOCAL role = inferway_ledger;
       INSERT INTO usage_days SELECT tenant_id, date_trunc('day', starts_at, 'UTC'), task, key_id, model, unit, status,
         sum(items), sum(amount), sum(compute_ms), sum(padding_ms)
       FROM usage_rollups GROUP BY 1, 2, 3, 4, 5, 6, 7`,
    ),
  );
  // Planner's facts and visibility, as autovacuum keeps them.
  await database.prisma.$executeRawUnsafe('VACUUM ANALYZE usage_rollups, usage_days');
  return tenants * hoursPerYear * groupsPerHour;
}
