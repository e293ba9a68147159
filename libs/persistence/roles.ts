import type { Prisma } from './generated/client.js';
import { toAppError } from './database-errors.js';
import type { Database } from './open-database.js';

/** What a transaction may do; the migrations say what each role can read and write. */
export type DatabaseRole =
  /** One tenant's usage, remembered replies, jobs, webhooks and inspection profiles. */
  | 'inferway_app'
  /** Has usage rows added, reads nothing. */
  | 'inferway_meter'
  /** Tenants and keys, for operators. */
  | 'inferway_directory'
  /** Deletes expired replies. */
  | 'inferway_janitor'
  /** Reads the usage of all tenants, and has it rolled up. */
  | 'inferway_biller'
  /** Works through jobs and delivers webhooks, for all tenants. */
  | 'inferway_runner';

/**
 * Runs `work` in one transaction as `role`, for `tenantId` if given. Both are bound to the transaction, so a pooled
 * connection carries neither into the next one.
 * @throws AppError `overloaded` when the database is out of reach or does not answer in time
 */
export async function asRole<T>(
  database: Database,
  role: DatabaseRole,
  tenantId: string | undefined,
  work: (transaction: Prisma.TransactionClient) => Promise<T>,
): Promise<T> {
  try {
    return await database.prisma.$transaction(async (transaction) => {
      await transaction.$queryRaw`
        SELECT set_config('role', ${role}, true), set_config('app.tenant_id', ${tenantId ?? ''}, true)`;
      return work(transaction);
    });
  } catch (error) {
    throw toAppError(error);
  }
}

/** Reads the books of all tenants, in which every row is that was recorded before. */
export async function asBiller<T>(
  database: Database,
  work: (transaction: Prisma.TransactionClient) => Promise<T>,
): Promise<T> {
  await database.usageInbox?.settle();
  return asRole(database, 'inferway_biller', undefined, work);
}
