import { eventOf, webhookBody, type Job } from '#core';
import { newId } from '#kernel';
import type { JobStatus } from '#contracts';
import { Prisma } from './generated/client.js';

/** A row of `jobs`, as raw SQL gives it. */
export interface JobRow {
  tenant_id: string;
  id: string;
  task: string;
  status: JobStatus | 'uploading';
  total: number;
  succeeded: number;
  failed: number;
  version: number;
  webhook: Uint8Array | null;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  expires_at: Date;
}

/** The columns of `JobRow`, to select or return. */
export const jobColumns = Prisma.sql`tenant_id, id, task, status::text, total, succeeded, failed, version, webhook,
  created_at, started_at, finished_at, expires_at`;

/** Undefined for an upload under way, which nobody may see. */
export function toJob(row: JobRow | undefined): Job | undefined {
  if (row === undefined) return undefined;
  const { tenant_id, id, task, status, total, succeeded, failed, version } = row;
  if (status === 'uploading') return undefined;
  return {
    tenantId: tenant_id,
    id,
    task,
    status,
    total,
    succeeded,
    failed,
    version,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    expiresAt: row.expires_at,
  };
}

/** Puts the event of a job's new status on its way, in the transaction that changed it: neither is without the other. */
export async function tellReceiver(transaction: Prisma.TransactionClient, row: JobRow): Promise<void> {
  const job = toJob(row);
  const event = job === undefined ? undefined : eventOf(job.status);
  if (job === undefined || event === undefined || row.webhook === null) return;
  const at = new Date();
  await transaction.webhookDelivery.create({
    data: {
      tenantId: job.tenantId,
      id: newId('msg'),
      jobId: job.id,
      event,
      // Sealed for the job, not for its row in either table, so that it can be copied as it is.
      url: Uint8Array.from(row.webhook),
      body: webhookBody(event, job, at),
      nextAttemptAt: at,
      createdAt: at,
    },
  });
}

/** Where sealed values of a job belong. */
export const sealContexts = {
  webhook: (tenantId: string, jobId: string) => `jobs\0${tenantId}\0${jobId}\0webhook`,
  chunk: (
    { tenantId, jobId, firstIndex }: { tenantId: string; jobId: string; firstIndex: number },
    column: 'inputs' | 'results',
  ) => `job_chunks\0${tenantId}\0${jobId}\0${firstIndex}\0${column}`,
};
