import { isDeepStrictEqual } from 'node:util';
import {
  inspectionProfileRequest,
  maxInspectionProfiles,
  maxProfileVersions,
  type InspectionDefinition,
} from '#contracts';
import { ProfileStore, type InspectionProfile } from '#core';
import { AppError } from '#kernel';
import type { InspectionProfileVersion as VersionRow, Prisma } from './generated/client.js';
import type { Database } from './open-database.js';
import { asRole } from './roles.js';

type Transaction = Prisma.TransactionClient;

/** First key of the lock under which a tenant's profiles are counted; the second is made from the tenant's id. */
const creationLock = 72_708;

/** Profiles as their tenant's role, which may add versions and change none. */
export class PrismaProfileStore extends ProfileStore {
  constructor(private readonly database: Database) {
    super();
  }

  override create(
    tenantId: string,
    { id, version, definition, createdAt }: InspectionProfile,
  ): Promise<void> {
    return this.asTenant(tenantId, async (transaction) => {
      // One at a time of a tenant: those that count side by side would all find room for one more.
      await transaction.$executeRaw`SELECT pg_advisory_xact_lock(${creationLock}::int, hashtext(${tenantId}))`;
      const count = await transaction.inspectionProfile.count({ where: { tenantId } });
      if (count >= maxInspectionProfiles) throw tooMany('inspection profiles', maxInspectionProfiles);
      await transaction.inspectionProfile.createMany({ data: { tenantId, id, version } });
      await addVersion(transaction, tenantId, { id, version, definition, createdAt });
    });
  }

  override find(tenantId: string, id: string, version?: number): Promise<InspectionProfile | undefined> {
    return this.asTenant(tenantId, (transaction) => findVersion(transaction, tenantId, id, version));
  }

  override list(
    tenantId: string,
    { limit, after }: { limit: number; after?: string },
  ): Promise<InspectionProfile[]> {
    return this.asTenant(tenantId, async (transaction) => {
      const heads = await transaction.inspectionProfile.findMany({
        where: { tenantId, ...(after !== undefined && { id: { lt: after } }) },
        orderBy: { id: 'desc' },
        take: limit,
      });
      const latest = heads.map(({ id: profileId, version }) => ({ profileId, version }));
      if (latest.length === 0) return [];
      const rows = await transaction.inspectionProfileVersion.findMany({ where: { tenantId, OR: latest } });
      const byId = new Map(rows.map((row) => [row.profileId, row]));
      return heads.flatMap(({ id, archivedAt }) => {
        const row = byId.get(id);
        return row === undefined ? [] : [toProfile(row, archivedAt)];
      });
    });
  }

  override change(
    tenantId: string,
    id: string,
    merge: (before: InspectionDefinition) => InspectionDefinition,
    createdAt: Date,
  ): Promise<InspectionProfile | undefined> {
    return this.asTenant(tenantId, async (transaction) => {
      // Locks the profile: of two changes at once the second is made of what the first one left.
      await transaction.$queryRaw`
        SELECT id FROM inspection_profiles WHERE tenant_id = ${tenantId} AND id = ${id} FOR UPDATE`;
      const before = await findVersion(transaction, tenantId, id);
      if (before === undefined) return undefined;
      const definition = merge(before.definition);
      if (isDeepStrictEqual(definition, before.definition)) return before;
      if (before.archivedAt !== null)
        throw new AppError('resource.conflict', { detail: 'This inspection profile is archived' });
      const version = before.version + 1;
      if (version > maxProfileVersions) throw tooMany('versions of a profile', maxProfileVersions);
      await transaction.inspectionProfile.updateMany({ where: { tenantId, id }, data: { version } });
      await addVersion(transaction, tenantId, { id, version, definition, createdAt });
      return { id, version, definition, createdAt, archivedAt: null };
    });
  }

  override archive(tenantId: string, id: string, archivedAt: Date): Promise<InspectionProfile | undefined> {
    return this.asTenant(tenantId, async (transaction) => {
      await transaction.inspectionProfile.updateMany({
        where: { tenantId, id, archivedAt: null },
        data: { archivedAt },
      });
      return findVersion(transaction, tenantId, id);
    });
  }

  private asTenant<T>(tenantId: string, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return asRole(this.database, 'inferway_app', tenantId, work);
  }
}

async function findVersion(
  transaction: Transaction,
  tenantId: string,
  id: string,
  version?: number,
): Promise<InspectionProfile | undefined> {
  const head = await transaction.inspectionProfile.findUnique({ where: { tenantId_id: { tenantId, id } } });
  if (head === null) return undefined;
  const row = await transaction.inspectionProfileVersion.findUnique({
    where: {
      tenantId_profileId_version: { tenantId, profileId: id, version: version ?? head.version },
    },
  });
  return row === null ? undefined : toProfile(row, head.archivedAt);
}

async function addVersion(
  transaction: Transaction,
  tenantId: string,
  { id, version, definition, createdAt }: Omit<InspectionProfile, 'archivedAt'>,
): Promise<void> {
  await transaction.inspectionProfileVersion.createMany({
    data: { tenantId, profileId: id, version, definition, createdAt },
  });
}

/** Parsed, so that what a later release adds to profiles has its default in the versions of before. */
function toProfile(row: VersionRow, archivedAt: Date | null): InspectionProfile {
  const { profileId: id, version, createdAt } = row;
  return { id, version, createdAt, archivedAt, definition: inspectionProfileRequest.parse(row.definition) };
}

function tooMany(name: string, value: number): AppError {
  const detail = `There may be at most ${value} ${name}`;
  return new AppError('resource.conflict', { detail, limit: { name, value, unit: name } });
}
