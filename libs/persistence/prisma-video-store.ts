import type { VideoRecord } from '#contracts';
import { VideoStore, type VideoStill } from '#core';
import type { Seal } from '#kernel';
import { fromBase64 } from './base64-bytes.js';
import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';
import { asRole } from './roles.js';
import { openRecord, openStills } from './sealed-video.js';

/** What a tenant's jobs keep of videos, as the tenant's own role. */
export class PrismaVideoStore extends VideoStore {
  constructor(
    private readonly database: Database,
    private readonly seal: Seal,
  ) {
    super();
  }

  override async record(tenantId: string, jobId: string): Promise<VideoRecord | undefined> {
    const sealed = await this.read(tenantId, jobId, Prisma.sql`video`);
    return sealed && openRecord(this.seal, tenantId, jobId, sealed);
  }

  override async stills(tenantId: string, jobId: string): Promise<VideoStill[]> {
    const sealed = await this.read(tenantId, jobId, Prisma.sql`video_stills`);
    return sealed === undefined ? [] : openStills(this.seal, tenantId, jobId, sealed);
  }

  /** An upload under way has neither. */
  private read(tenantId: string, jobId: string, column: Prisma.Sql): Promise<Uint8Array | undefined> {
    return asRole(this.database, 'inferway_app', tenantId, async (transaction) => {
      const [row] = await transaction.$queryRaw<{ sealed: string | null }[]>`
        SELECT encode(${column}, 'base64') AS sealed FROM jobs WHERE tenant_id = ${tenantId} AND id = ${jobId}`;
      return row?.sealed == null ? undefined : fromBase64(row.sealed);
    });
  }
}
