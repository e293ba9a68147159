import { KeyStore, type NewTenant, type StoredKey, type Tenant } from '#core';
import { AppError } from '#kernel';
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

  override async findKey(id: string): Promise<StoredKey | undefined> {
    try {
      const [row] = await this.database.prisma.$queryRaw<FoundKey[]>`SELECT * FROM find_key(${id})`;
      return row === undefined ? undefined : toStoredKey(row);
    } catch (error) {
      throw toAppError(error);
    }
  }

  override createTenant(tenant: NewTenant): Promise<void> {
    return this.asDirectory(async (transaction) => {
      await transaction.tenant.create({ data: tenant });
    });
  }

  override listTenants(): Promise<Tenant[]> {
    return this.asDirectory((transaction) => transaction.tenant.findMany({ orderBy: { id: 'asc' } }));
  }

  /** @throws AppError `resource.not_found` when there is no such tenant */
  override async createKey({ weight, ...key }: StoredKey): Promise<void> {
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

  override async listKeys(tenantId?: string): Promise<StoredKey[]> {
    const keys = await this.asDirectory((transaction) =>
      transaction.apiKey.findMany({
        where: tenantId === undefined ? {} : { tenantId },
        include: { tenant: { select: { weight: true } } },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      }),
    );
    return keys.map(({ tenant, ...key }) => ({ ...key, weight: tenant.weight }));
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
interface FoundKey {
  id: string;
  tenant_id: string;
  name: string;
  role: 'tenant' | 'admin';
  hash: Uint8Array;
  created_at: Date;
  revoked_at: Date | null;
  weight: number;
}

function toStoredKey({ tenant_id, created_at, revoked_at, ...same }: FoundKey): StoredKey {
  return { ...same, tenantId: tenant_id, createdAt: created_at, revokedAt: revoked_at };
}
