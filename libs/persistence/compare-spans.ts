import { Prisma } from './generated/client.js';

/** Rows of one comparison: some 0.05 ms each of PGlite, which the server that has it open waits for. */
export const rowsPerComparison = 20_000;

/** How many rows the hours of a span have by the books: those that were entered. */
export function rowsByHour(from: Date, until: Date): Prisma.Sql {
  const [first, end] = [from.toISOString(), until.toISOString()];
  return Prisma.sql`
    SELECT hour, sum(items)::float8 AS items FROM (
      SELECT hour, items FROM usage_ledger WHERE hour >= ${first}::timestamptz AND hour < ${end}::timestamptz
      UNION ALL
      SELECT date_trunc('hour', starts_at, 'UTC'), items FROM usage_deltas
      WHERE starts_at >= ${first}::timestamptz AND starts_at < ${end}::timestamptz
    ) AS both_ GROUP BY 1 ORDER BY 1`;
}

/** Cuts a span at hours, so that a part holds at most so many rows or is one hour; nothing is left out. */
export function partsOf(
  from: Date,
  until: Date,
  hours: readonly { hour: Date; items: number }[],
  mostRows: number,
): { from: Date; until: Date }[] {
  const cuts = [from.getTime()];
  let rows = 0;
  for (const { hour, items } of hours) {
    const start = hour.getTime();
    if (rows > 0 && rows + items > mostRows) {
      cuts.push(start);
      rows = 0;
    }
    rows += items;
  }
  return cuts.map((cut, i) => ({ from: new Date(cut), until: new Date(cuts[i + 1] ?? until.getTime()) }));
}
