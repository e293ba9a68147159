import { auditHash, type AuditEvent } from '#core';
import type { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';
import { asRole } from './roles.js';

/** Held while a row is added, so that each follows on the one before. */
const auditLock = 72_707_370;

/** As operators: one transaction in which the tenants, keys and plans are read or changed. */
export function asDirectory<T>(
  database: Database,
  work: (transaction: Prisma.TransactionClient) => Promise<T>,
): Promise<T> {
  return asRole(database, 'inferway_directory', undefined, work);
}

/** A change and its row of the audit log, in one transaction. A result of `undefined` or `false` means nothing was done or logged. */
export function audited<T>(
  database: Database,
  event: AuditEvent,
  work: (transaction: Prisma.TransactionClient) => Promise<T>,
): Promise<T> {
  return asDirectory(database, async (transaction) => {
    const result = await work(transaction);
    if (result !== undefined && result !== false) await append(transaction, event);
    return result;
  });
}

/** Last in its transaction: other operators wait for the lock no longer than these statements take. */
async function append(transaction: Prisma.TransactionClient, event: AuditEvent): Promise<void> {
  await transaction.$executeRaw`SELECT pg_advisory_xact_lock(${auditLock})`;
  const head = await transaction.auditHead.findUniqueOrThrow({ where: { one: 1 } });
  const id = Number(head.id) + 1;
  const hash = Uint8Array.from(auditHash(head.hash, id, event));
  await transaction.auditRow.create({ data: { ...event, id, hash }, select: { id: true } });
  await transaction.auditHead.update({ where: { one: 1 }, data: { id, hash } });
}
