import type { Database } from '#persistence';

let taken = 0;

/**
 * The rows of every table, from which each test of a file begins. A database for each test costs a second on PGlite, which
 * compiles Postgres again; putting rows back costs a fraction of that. Only rows go back: a test that changes tables,
 * rights or roles undoes that itself, or opens a database of its own.
 */
export class TableSnapshot {
  private constructor(
    private readonly database: Database,
    private readonly schema: string,
    private readonly tables: readonly string[],
  ) {}

  /** Of a database that a superuser opened. */
  static async take(database: Database): Promise<TableSnapshot> {
    await database.usageInbox?.settle();
    const schema = `snapshot_${++taken}`;
    const tables = await database.transactSql(async (session) => {
      const found = await session.query(`SELECT relname::TEXT AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace`);
      const names = found.map(({ name }) => String(name));
      const copies = names.map((name) => `CREATE TABLE ${schema}."${name}" AS TABLE "${name}"`);
      await session.script([`CREATE SCHEMA ${schema}`, ...copies].join(';'));
      return names;
    });
    return new TableSnapshot(database, schema, tables);
  }

  /** Fires no trigger, so that a log which only grows shrinks too, and asks for no foreign key on the way. */
  async restore(): Promise<void> {
    await this.database.usageInbox?.settle();
    const rows = this.tables.flatMap((name) => [
      `DELETE FROM "${name}"`,
      `INSERT INTO "${name}" TABLE ${this.schema}."${name}"`,
    ]);
    await this.database.transactSql((session) =>
      session.script(['SET LOCAL session_replication_role = replica', ...rows].join(';')),
    );
  }
}
