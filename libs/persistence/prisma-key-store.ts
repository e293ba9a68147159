import { KeyStore, type FoundKey, type NewTenant, type StoredKey, type Tenant } from '#core';
import { AppError, type Plan } from '#kernel';
import { sqlStateOf, toAppError } from './database-errors.js';
import type { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';
import { asRole } from './roles.js';

const foreignKeyViolation = '23503';

/**
 * Tenants and keys. Authentication goes through the `find_key` function, one statement that can give one key only;
 * the rest is for operators and runs as the directory role.
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

  override createTenant(tenant: NewTenant): Promise<void> {
    return this.asDirectory(async (transaction) => {
      await transaction.tenant.create({ data: tenant });
    });
  }

  override async listTenants(): Promise<Tenant[]> {
    const rows = await this.asDirectory((transaction) =>
      transaction.tenant.findMany({ orderBy: { id: 'asc' } }),
    );
    return rows.map(({ budget, ...same }) => ({ ...same, budget: budget === null ? null : Number(budget) }));
  }

  /** @throws AppError `resource.not_found` when there is no such tenant */
  override async createKey(key: StoredKey): Promise<void> {
    try {
      await this.asDirectory(async (transaction) => {
        await transaction.apiKey.create({ data: { ...key, hash: Uint8Array.from(key.hash) } });
      });
    } catch (error) {
      if (!(error instanceof AppError) || sqlStateOf(error.cause) !== foreignKeyViolation) throw error;
      throw new AppError(
        'resource.not_found',
        { detail: `There is no tenant ${key.tenantId}` },
        { cause: error },
      );
    }
  }

  override listKeys(tenantId?: string): Promise<StoredKey[]> {
    return this.asDirectory((transaction) =>
      transaction.apiKey.findMany({
        where: tenantId === undefined ? {} : { tenantId },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      }),
    );
  }

  override revokeKey(id: string, at: Date): Promise<boolean> {
    return this.asDirectory(async (transaction) => {
      const revoked = await transaction.apiKey.updateMany({
        where: { id, revokedAt: null },
        data: { revokedAt: at },
      });
      return revoked.count > 0 || (await transaction.apiKey.count({ where: { id } })) > 0;
    });
  }

  private asDirectory<T>(work: (transaction: Prisma.TransactionClient) => Promise<T>): Promise<T> {
    return asRole(this.database, 'inferway_directory', undefined, work);
  }
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
}

function toFoundKey(row: FoundRow): FoundKey {
  const { tenant_id, created_at, revoked_at, weight, status, budget, ...same } = row;
  const tenant = { status, weight, budget };
  return { ...same, tenantId: tenant_id, createdAt: created_at, revokedAt: revoked_at, tenant };
}
