import type { Prisma } from './generated/client.js';
import { jobColumns, tellReceiver, type JobRow } from './job-rows.js';
import type { Database } from './open-database.js';
import { asRole } from './roles.js';

/** Jobs of one sweep's transaction: about as long as a request's own statements. */
const jobsPerTurn = 50;
/** Most transactions of one sweep, so that it ends however much has expired. */
const turns = 20;

/**
 * Forgets what is over: uploads that broke off an hour ago, inputs and results of jobs whose retention is over, and,
 * 30 days after that, the last trace of job and deliveries. Several sweepers at once pass over each other's rows.
 */
export async function sweepJobs(database: Database): Promise<number> {
  let swept = 0;
  for (let turn = 0; turn < turns; turn++) {
    const expired = await asRole(database, 'inferway_runner', undefined, expireSome);
    swept += expired;
    if (expired < jobsPerTurn) break;
  }
  swept += await asRole(database, 'inferway_runner', undefined, forgetSome);
  return swept;
}

async function expireSome(transaction: Prisma.TransactionClient): Promise<number> {
  const expired = await transaction.$queryRaw<JobRow[]>`
    UPDATE jobs SET status = 'expired', version = version + 1, finished_at = COALESCE(finished_at, now()),
      video = NULL, video_stills = NULL
    WHERE (tenant_id, id) IN (
      SELECT tenant_id, id FROM jobs WHERE status NOT IN ('uploading', 'expired') AND expires_at <= now()
      ORDER BY expires_at LIMIT ${jobsPerTurn} FOR UPDATE SKIP LOCKED)
    RETURNING ${jobColumns}`;
  for (const job of expired) {
    await transaction.$executeRaw`
      DELETE FROM job_chunks WHERE tenant_id = ${job.tenant_id} AND job_id = ${job.id}`;
    await tellReceiver(transaction, job);
  }
  return expired.length;
}

async function forgetSome(transaction: Prisma.TransactionClient): Promise<number> {
  const uploads = await transaction.$executeRaw`
    DELETE FROM jobs WHERE status = 'uploading' AND created_at <= now() - interval '1 hour'`;
  const jobs = await transaction.$executeRaw`
    DELETE FROM jobs WHERE status = 'expired' AND expires_at <= now() - interval '30 days'`;
  const deliveries = await transaction.$executeRaw`
    DELETE FROM webhook_deliveries WHERE state <> 'pending' AND created_at <= now() - interval '30 days'`;
  return uploads + jobs + deliveries;
}
