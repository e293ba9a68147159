import type { PGlite } from '@electric-sql/pglite';
import type { Database } from './open-database.js';

/** `transactSql` of a database that is a PGlite. */
export function sqlTransactions(pglite: PGlite): Database['transactSql'] {
  return (work) =>
    pglite.transaction((transaction) =>
      work({
        script: async (sql) => {
          await transaction.exec(sql);
        },
        query: async (sql, parameters = []) =>
          (await transaction.query<Record<string, unknown>>(sql, [...parameters])).rows,
      }),
    );
}
