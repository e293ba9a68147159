import type { Directory } from '#core';
import type { Database } from './open-database.js';
import { PrismaAuditLog } from './prisma-audit-log.js';
import { PrismaKeyStore } from './prisma-key-store.js';
import { PrismaPlanStore } from './prisma-plan-store.js';
import { PrismaTenantStore } from './prisma-tenant-store.js';

/** Tenants, keys, plans and the audit log of a database. */
export function openDirectory(database: Database): Directory {
  return {
    tenants: new PrismaTenantStore(database),
    keys: new PrismaKeyStore(database),
    plans: new PrismaPlanStore(database),
    audit: new PrismaAuditLog(database),
  };
}
