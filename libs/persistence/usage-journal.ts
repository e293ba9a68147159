import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** The first rows of the journal, as one JSON array. */
export interface JournalPage {
  rows: string;
  count: number;
  /** Names the page to `remove`. */
  last: number;
}

/**
 * Usage rows that are durable and not yet in the tables, in a file of SQLite's. A row that `add` has returned for
 * outlives the process, not a power cut: the promise of PGlite beside it, and a sync would hold the event loop. Torn
 * writes and full disks are SQLite's to deal with; a row costs 0.012 ms of processor, a commit of PGlite's 1 ms.
 */
export class UsageJournal {
  readonly #file: DatabaseSync;
  readonly #add: StatementSync;
  readonly #first: StatementSync;
  readonly #remove: StatementSync;
  readonly #refuse: StatementSync;
  #size: number;

  /** @throws Error when the file cannot be opened or is none of SQLite's */
  constructor(file: string) {
    this.#file = new DatabaseSync(file);
    this.#file.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = OFF;
      CREATE TABLE IF NOT EXISTS "usage" ("id" INTEGER PRIMARY KEY, "row" TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS "refused" ("row" TEXT NOT NULL, "reason" TEXT NOT NULL)`);
    this.#add = this.#file.prepare('INSERT INTO "usage" ("row") SELECT "value" FROM json_each(?)');
    this.#first = this.#file.prepare(`
      SELECT max("id") AS "last", count(*) AS "count", json_group_array(json("row")) AS "rows"
      FROM (SELECT "id", "row" FROM "usage" ORDER BY "id" LIMIT ?)`);
    this.#remove = this.#file.prepare('DELETE FROM "usage" WHERE "id" <= ?');
    this.#refuse = this.#file.prepare('INSERT INTO "refused" ("row", "reason") VALUES (?, ?)');
    this.#size = Number(this.#file.prepare('SELECT count(*) AS "size" FROM "usage"').get()?.['size']);
  }

  /** Rows in it. */
  get size(): number {
    return this.#size;
  }

  /** @param rows a JSON array, of which all rows are added or none */
  add(rows: string): void {
    this.#size += Number(this.#add.run(rows).changes);
  }

  /** At most `most` rows, the oldest first; undefined when there are none. */
  first(most: number): JournalPage | undefined {
    const { last, count, rows } = this.#first.get(most) ?? {};
    return typeof last === 'number' ? { last, count: Number(count), rows: String(rows) } : undefined;
  }

  remove({ last, count }: JournalPage): void {
    this.#remove.run(last);
    this.#size -= count;
  }

  /** Sets a page of one row aside for an operator: it is not lost, and keeps no other from the tables. */
  refuse({ last, count, rows }: JournalPage, reason: string): void {
    this.#file.exec('BEGIN');
    try {
      this.#refuse.run(rows, reason);
      this.#remove.run(last);
      this.#file.exec('COMMIT');
    } catch (error) {
      if (this.#file.isTransaction) this.#file.exec('ROLLBACK');
      throw error;
    }
    this.#size -= count;
  }

  close(): void {
    this.#file.close();
  }
}
