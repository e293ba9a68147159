import { KeyStore, type AuditEvent, type FoundKey, type KeyUse, type StoredKey, type Tenant } from '#core';
import { AppError, type Plan } from '#kernel';
import { asDirectory, audited } from './audited.js';
import { sqlStateOf, toAppError } from './database-errors.js';
import type { Database } from './open-database.js';
import { foreignKeyViolation } from './prisma-tenant-store.js';
import { asRole } from './roles.js';

/**
 * Keys. Authentication goes through the `find_key` function, one statement that can give one key only; the rest is for
 * operators and runs as the directory role.
 */
export class PrismaKeyStore extends KeyStore {
  constructor(private readonly database: Database) {
    super();
  }

  override async findKey(id: string): Promise<FoundKey | undefined> {
    try {
      const [row] = await this.database.prisma.$queryRaw<FoundRow[]>`SELECT * FROM find_key(${id})`;
      return row === undefined ? undefined : toFoundKey(row);
    } catch (error) {
      throw toAppError(error);
    }
  }

  override async markUsed(uses: readonly KeyUse[]): Promise<void> {
    const rows = JSON.stringify(uses);
    await asRole(this.database, 'inferway_app', undefined, async (transaction) => {
      await transaction.$executeRaw`SELECT mark_keys_used(${rows}::JSONB)`;
    });
  }

  override async create(key: StoredKey, event: AuditEvent): Promise<void> {
    try {
      await audited(this.database, event, (transaction) =>
        transaction.apiKey.create({ data: toColumns(key) }),
      );
    } catch (error) {
      if (!(error instanceof AppError) || sqlStateOf(error.cause) !== foreignKeyViolation) throw error;
      throw new AppError(
        'resource.not_found',
        { detail: `There is no tenant ${key.tenantId}` },
        { cause: error },
      );
    }
  }

  override list({
    limit,
    tenantId,
    after,
  }: {
    limit: number;
    tenantId?: string;
    after?: { createdAt: Date; id: string };
  }): Promise<StoredKey[]> {
    const later = after && {
      OR: [{ createdAt: { gt: after.createdAt } }, { createdAt: after.createdAt, id: { gt: after.id } }],
    };
    return asDirectory(this.database, (transaction) =>
      transaction.apiKey.findMany({
        where: { ...(tenantId !== undefined && { tenantId }), ...later },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        take: limit,
      }),
    );
  }

  override async revoke(id: string, event: AuditEvent): Promise<StoredKey | undefined> {
    const revoked = await audited(this.database, event, async (transaction) => {
      const [row] = await transaction.apiKey.updateManyAndReturn({
        where: { id, revokedAt: null },
        data: { revokedAt: event.at },
      });
      return row;
    });
    return revoked ?? this.findKey(id);
  }

  override replace(id: string, next: StoredKey, until: Date, event: AuditEvent): Promise<boolean> {
    return audited(this.database, event, async (transaction) => {
      const usable = { id, revokedAt: null, replacedBy: null };
      const unexpired = [{ expiresAt: null }, { expiresAt: { gt: event.at } }];
      const old = await transaction.apiKey.updateMany({
        where: { ...usable, OR: unexpired },
        data: { replacedBy: next.id },
      });
      if (old.count === 0) return false;
      await transaction.apiKey.updateMany({
        where: { id, OR: [{ expiresAt: null }, { expiresAt: { gt: until } }] },
        data: { expiresAt: until },
      });
      await transaction.apiKey.create({ data: toColumns(next) });
      return true;
    });
  }
}

function toColumns({ hash, ...same }: StoredKey) {
  return { ...same, hash: Uint8Array.from(hash) };
}

/** A row of `find_key`. */
interface FoundRow {
  id: string;
  tenant_id: string;
  name: string;
  role: 'tenant' | 'admin';
  hash: Uint8Array;
  created_at: Date;
  revoked_at: Date | null;
  weight: number;
  status: Tenant['status'];
  budget: number | null;
  plan: Plan;
  scopes: string[];
  allowed_origins: string[];
  allowed_networks: string[];
  expires_at: Date | null;
  last_used_at: Date | null;
  replaced_by: string | null;
}

function toFoundKey({ weight, status, budget, plan, ...row }: FoundRow): FoundKey {
  const { id, name, role, hash, scopes } = row;
  return {
    ...{ id, name, role, hash, scopes, plan },
    tenantId: row.tenant_id,
    allowedOrigins: row.allowed_origins,
    allowedNetworks: row.allowed_networks,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
    replacedBy: row.replaced_by,
    tenant: { status, weight, budget },
  };
}
