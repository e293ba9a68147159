import { z } from 'zod';
import { jobResult, type JobResult } from '#contracts';
import {
  JobStore,
  maxOpenJobs,
  type FilledJob,
  type HeldUnits,
  type InputChunk,
  type Job,
  type JobDraft,
  type JobPage,
} from '#core';
import { AppError } from '#kernel';
import { fromBase64, toBase64, toBytes } from './base64-bytes.js';
import { Prisma } from './generated/client.js';
import { jobColumns, sealContexts, tellReceiver, toJob, type JobRow } from './job-rows.js';
import type { Database } from './open-database.js';
import { asRole } from './roles.js';
import { sealVideo } from './sealed-video.js';
import type { Seal } from '#kernel';

/** Chunks of results that are opened at a time while a page is filled. */
const chunksPerRead = 16;

/** Results of a chunk: null where an input has none yet. */
export const storedResults = z.array(jobResult.nullable());

/** A tenant's jobs as the tenant's own role, which sees no other's. Inputs, results and URLs are sealed. */
export class PrismaJobStore extends JobStore {
  constructor(
    private readonly database: Database,
    private readonly seal: Seal,
  ) {
    super();
  }

  override open({ tenantId, id, keyId, task, weight, webhook, trace }: JobDraft): Promise<Job | undefined> {
    return this.asTenant(tenantId, async (transaction) => {
      // Half an upload under this id is an attempt that died: its inputs are sent again now.
      await discardUpload(transaction, tenantId, id);
      const existing = await findRow(transaction, tenantId, id);
      if (existing !== undefined) return toJob(existing);
      await refuseTooMany(transaction, tenantId);
      const sealed =
        webhook === undefined
          ? null
          : this.seal.seal(Buffer.from(webhook), sealContexts.webhook(tenantId, id));
      await transaction.$executeRaw`
        INSERT INTO jobs (tenant_id, id, key_id, task, weight, status, webhook, traceparent, tracestate,
          created_at, expires_at)
        VALUES (${tenantId}, ${id}, ${keyId}, ${task}, ${weight}, 'uploading', ${sealed},
          ${trace.traceparent ?? null}, ${trace.tracestate ?? null}, now(), now())`;
      return undefined;
    });
  }

  override append(tenantId: string, jobId: string, chunks: readonly InputChunk[]): Promise<void> {
    const sealed = chunks.map(({ firstIndex, inputs }) => {
      const context = sealContexts.chunk({ tenantId, jobId, firstIndex }, 'inputs');
      return toBase64(this.seal.seal(Buffer.from(`[${inputs.join(',')}]`), context));
    });
    const firsts = chunks.map(({ firstIndex }) => firstIndex);
    const counts = chunks.map(({ inputs }) => inputs.length);
    return this.asTenant(tenantId, async (transaction) => {
      await transaction.$executeRaw`
        INSERT INTO job_chunks (tenant_id, job_id, first_index, count, inputs, available_at)
        SELECT ${tenantId}, ${jobId}, n.first_index, n.count, decode(n.inputs, 'base64'), now()
        FROM unnest(${firsts}::int[], ${counts}::int[], ${sealed}::text[]) AS n (first_index, count, inputs)`;
    });
  }

  override publish(tenantId: string, jobId: string, { total, heldUnits, video }: FilledJob): Promise<Job> {
    const sealed = video && sealVideo(this.seal, tenantId, jobId, video);
    const kept = sealed
      ? Prisma.sql`, video = ${toBytes(sealed.record)}, video_stills = ${toBytes(sealed.stills)}`
      : Prisma.empty;
    return this.asTenant(tenantId, async (transaction) => {
      await transaction.$queryRaw`SELECT enter_job_share()::text`;
      const rows = await transaction.$queryRaw<JobRow[]>`
        UPDATE jobs SET status = 'queued', total = ${total}, held_units = ${heldUnits}::float8, version = 1 ${kept},
          expires_at = now() + make_interval(days => job_retention_days())
        WHERE tenant_id = ${tenantId} AND id = ${jobId} AND status = 'uploading'
        RETURNING ${jobColumns}`;
      const job = toJob(rows[0]);
      if (job === undefined)
        throw new AppError('internal', {}, { internal: { reason: 'a lost upload', jobId } });
      return job;
    });
  }

  override discard(tenantId: string, jobId: string): Promise<void> {
    return this.asTenant(tenantId, (transaction) => discardUpload(transaction, tenantId, jobId));
  }

  override heldUnits(tenantId: string, task?: string): Promise<HeldUnits[]> {
    return this.asTenant(
      tenantId,
      (transaction) => transaction.$queryRaw<HeldUnits[]>`
        SELECT id AS "jobId", task, held_units AS units, expires_at AS "expiresAt" FROM jobs
        WHERE tenant_id = ${tenantId} AND status IN ('queued', 'running') AND held_units > 0
          AND (${task ?? null}::text IS NULL OR task = ${task ?? null})`,
    );
  }

  override find(tenantId: string, jobId: string): Promise<Job | undefined> {
    return this.asTenant(tenantId, async (transaction) => toJob(await findRow(transaction, tenantId, jobId)));
  }

  override list(tenantId: string, { after, limit }: JobPage): Promise<Job[]> {
    const createdAt = after?.createdAt.toISOString() ?? null;
    return this.asTenant(tenantId, async (transaction) => {
      const rows = await transaction.$queryRaw<JobRow[]>`
        SELECT ${jobColumns} FROM jobs
        WHERE tenant_id = ${tenantId} AND status <> 'uploading'
          AND (${createdAt}::timestamptz IS NULL OR (created_at, id) < (${createdAt}::timestamptz, ${after?.id ?? ''}))
        ORDER BY created_at DESC, id DESC LIMIT ${limit}`;
      return rows.map(toJob).filter((job) => job !== undefined);
    });
  }

  override results(
    tenantId: string,
    jobId: string,
    { fromIndex, limit }: { fromIndex: number; limit: number },
  ): Promise<JobResult[]> {
    return this.asTenant(tenantId, async (transaction) => {
      const found: JobResult[] = [];
      let from = fromIndex;
      while (found.length < limit) {
        const rows = await transaction.$queryRaw<StoredRow[]>`
          SELECT first_index, count, encode(results, 'base64') AS results FROM job_chunks
          WHERE tenant_id = ${tenantId} AND job_id = ${jobId} AND results IS NOT NULL AND first_index >= COALESCE((
            SELECT max(first_index) FROM job_chunks
            WHERE tenant_id = ${tenantId} AND job_id = ${jobId} AND first_index <= ${from}), 0)
          ORDER BY first_index LIMIT ${chunksPerRead}`;
        for (const { first_index: firstIndex, results } of rows) {
          const context = sealContexts.chunk({ tenantId, jobId, firstIndex }, 'results');
          const opened = storedResults.parse(
            JSON.parse(this.seal.open(fromBase64(results), context).toString()),
          );
          found.push(...opened.filter((result) => result !== null).filter(({ index }) => index >= from));
        }
        const last = rows.at(-1);
        if (last === undefined || rows.length < chunksPerRead) break;
        from = last.first_index + last.count;
      }
      return found.slice(0, limit);
    });
  }

  override cancel(tenantId: string, jobId: string): Promise<Job | undefined> {
    return this.asTenant(tenantId, async (transaction) => {
      const [cancelled] = await transaction.$queryRaw<JobRow[]>`
        UPDATE jobs SET status = 'cancelled', finished_at = now(), version = version + 1
        WHERE tenant_id = ${tenantId} AND id = ${jobId} AND status IN ('queued', 'running')
        RETURNING ${jobColumns}`;
      if (cancelled === undefined) return toJob(await findRow(transaction, tenantId, jobId));
      await tellReceiver(transaction, cancelled);
      return toJob(cancelled);
    });
  }

  private asTenant<T>(
    tenantId: string,
    work: (transaction: Prisma.TransactionClient) => Promise<T>,
  ): Promise<T> {
    return asRole(this.database, 'inferway_app', tenantId, work);
  }
}

interface StoredRow {
  first_index: number;
  count: number;
  /** Base64. */
  results: string;
}

async function findRow(
  transaction: Prisma.TransactionClient,
  tenantId: string,
  jobId: string,
): Promise<JobRow | undefined> {
  const rows = await transaction.$queryRaw<JobRow[]>`
    SELECT ${jobColumns} FROM jobs WHERE tenant_id = ${tenantId} AND id = ${jobId}`;
  return rows[0];
}

async function discardUpload(
  transaction: Prisma.TransactionClient,
  tenantId: string,
  jobId: string,
): Promise<void> {
  await transaction.$executeRaw`
    DELETE FROM jobs WHERE tenant_id = ${tenantId} AND id = ${jobId} AND status = 'uploading'`;
}

/** Two submissions at once may pass together: the bound keeps a tenant from filling the database, not from one more. */
async function refuseTooMany(transaction: Prisma.TransactionClient, tenantId: string): Promise<void> {
  const [row] = await transaction.$queryRaw<{ open: number }[]>`
    SELECT count(*)::int AS open FROM jobs
    WHERE tenant_id = ${tenantId} AND status IN ('uploading', 'queued', 'running')`;
  if (row === undefined || row.open < maxOpenJobs) return;
  throw new AppError('rate.limited', {
    detail: 'Wait until some of your jobs have ended',
    limit: { name: 'jobs.open', value: maxOpenJobs, unit: 'jobs' },
    retryAfterS: 60,
  });
}
