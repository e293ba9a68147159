import { z } from 'zod';
import { backupTables } from './backup-tables.js';

/**
 * A backup is gzip of JSON lines: a header, a line per row in the order of `backupTables`, and a footer. Rows are the
 * database's own JSON, passed on as text: no number goes through JavaScript.
 */
export const header = z.object({
  inferway: z.literal('backup'),
  format: z.int(),
  /** Name of the last migration of the database that was backed up. */
  schema: z.string(),
  createdAt: z.iso.datetime(),
});
export type BackupHeader = z.infer<typeof header>;

/** Of this program; a file of a higher one is refused. */
export const formatVersion = 1;

/** SHA-256 of every byte before it, uncompressed. */
export const footer = z.object({ rows: z.int().min(0), sha256: z.string().length(64) });

const tableNames: readonly string[] = backupTables;

/** `["tenants",{…}]` */
export function rowLine(table: string, row: string): string {
  return `["${table}",${row}]\n`;
}

/** Undefined where a line is not a row's. */
export function readRowLine(line: string): { table: string; row: string } | undefined {
  const [, table = '', row = ''] = /^\["([a-z_]+)",(\{.*\})\]$/s.exec(line) ?? [];
  return tableNames.includes(table) ? { table, row } : undefined;
}

/** A file or a database that a backup cannot be made of or restored into, in one line for the operator. */
export class BackupConflict extends Error {
  override readonly name = 'BackupConflict';
  /** As every error that an operator can mend: programs print them without a stack. */
  readonly problems: readonly string[];

  constructor(problem: string, options?: ErrorOptions) {
    super(problem, options);
    this.problems = [problem];
  }
}
