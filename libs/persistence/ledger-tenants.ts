import { Prisma } from './generated/client.js';

/** Every tenant of the ledger, by one step of its index each: DISTINCT would read the whole of it. */
export const ledgerTenants = Prisma.sql`
  RECURSIVE tenants AS (
    (SELECT tenant_id FROM usage_ledger ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT l.tenant_id FROM usage_ledger l WHERE l.tenant_id > tenants.tenant_id ORDER BY l.tenant_id LIMIT 1)
    FROM tenants WHERE tenants.tenant_id IS NOT NULL
  )`;
