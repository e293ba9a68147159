import type { JobResult, TraceContext } from '#contracts';
import { JobWorkStore, type ChunkId, type ChunkOutcome, type LeasedChunk } from '#core';
import { fromBase64, toBytes } from './base64-bytes.js';
import { Prisma } from './generated/client.js';
import { jobColumns, sealContexts, tellReceiver, type JobRow } from './job-rows.js';
import type { Database } from './open-database.js';
import { storedResults } from './prisma-job-store.js';
import { asRole } from './roles.js';
import type { Seal } from '#kernel';
import { sweepJobs } from './sweep-jobs.js';

/** What a tenant is charged for a chunk when it is leased, per input; settled by what it really took. */
const expectedMsPerInput = 5;
/** Tenants that one claim looks at, least served first. */
const tenantsPerClaim = 64;

/** Work of all tenants, as the runner's role. Leases are by the database's clock, the one clock of all runners. */
export class PrismaJobWorkStore extends JobWorkStore {
  constructor(
    private readonly database: Database,
    private readonly seal: Seal,
  ) {
    super();
  }

  override async claim(owner: string, leaseMs: number, limit: number): Promise<LeasedChunk[]> {
    const rows = await this.asRunner(async (transaction) => {
      const shares = await readShares(transaction);
      const claimed: ChunkRow[] = [];
      while (claimed.length < limit && shares.length > 0) {
        shares.sort((a, b) => a.served - b.served);
        const [next] = shares;
        if (next === undefined) break;
        const row = await leaseOne(transaction, next.tenantId, owner, leaseMs);
        if (row === undefined) shares.shift();
        else {
          claimed.push(row);
          next.served += (row.count * expectedMsPerInput) / row.weight;
        }
      }
      await markRunning(transaction, claimed);
      for (const [tenantId, ms] of chargesOf(claimed)) await charge(transaction, tenantId, ms);
      return claimed;
    });
    return rows.map((row) => this.open(row));
  }

  override async renew(owner: string, leaseMs: number, chunk: ChunkId): Promise<boolean> {
    const { tenantId, jobId, firstIndex } = chunk;
    const renewed = await this.asRunner(
      (transaction) => transaction.$executeRaw`
        UPDATE job_chunks c SET leased_until = now() + ${leaseMs}::float8 * interval '1 ms' FROM jobs j
        WHERE c.tenant_id = ${tenantId} AND c.job_id = ${jobId} AND c.first_index = ${firstIndex}
          AND c.lease_owner = ${owner} AND NOT c.done
          AND j.tenant_id = c.tenant_id AND j.id = c.job_id AND j.status = 'running'`,
    );
    return renewed > 0;
  }

  override settle(owner: string, chunk: LeasedChunk, outcome: ChunkOutcome): Promise<boolean> {
    const { results, computeMs, retryInMs, settledUnits } = outcome;
    const { tenantId, jobId, firstIndex, attempt, weight } = chunk;
    const done = results.every((result) => result !== null);
    const sealed = this.seal.seal(Buffer.from(JSON.stringify(results)), sealContexts.chunk(chunk, 'results'));
    const { succeeded, failed } = newlyKnown(chunk.results, results);
    return this.asRunner(async (transaction) => {
      const stored = await transaction.$executeRaw`
        UPDATE job_chunks SET results = ${toBytes(sealed)}, done = ${done}, lease_owner = NULL, leased_until = NULL,
          inputs = CASE WHEN ${done} THEN NULL ELSE inputs END, attempt = attempt + 1,
          available_at = now() + ${retryInMs}::float8 * interval '1 ms'
        WHERE tenant_id = ${tenantId} AND job_id = ${jobId} AND first_index = ${firstIndex}
          AND lease_owner = ${owner} AND attempt = ${attempt} AND NOT done`;
      if (stored === 0) return false;
      if (succeeded + failed > 0) await count(transaction, chunk, { succeeded, failed, settledUnits });
      const correctionMs = (computeMs - chunk.inputs.length * expectedMsPerInput) / weight;
      await charge(transaction, tenantId, correctionMs);
      return true;
    });
  }

  override async release(owner: string, chunk: ChunkId, delayMs: number): Promise<void> {
    const { tenantId, jobId, firstIndex } = chunk;
    await this.asRunner(
      (transaction) => transaction.$executeRaw`
        UPDATE job_chunks SET lease_owner = NULL, leased_until = NULL,
          available_at = now() + ${delayMs}::float8 * interval '1 ms'
        WHERE tenant_id = ${tenantId} AND job_id = ${jobId} AND first_index = ${firstIndex}
          AND lease_owner = ${owner} AND NOT done`,
    );
  }

  override sweep(): Promise<number> {
    return sweepJobs(this.database);
  }

  private open(row: ChunkRow): LeasedChunk {
    const id = { tenantId: row.tenant_id, jobId: row.job_id, firstIndex: row.first_index };
    const plain = (column: 'inputs' | 'results', sealed: string): unknown =>
      JSON.parse(this.seal.open(fromBase64(sealed), sealContexts.chunk(id, column)).toString());
    const results =
      row.results === null
        ? Array.from({ length: row.count }, () => null)
        : storedResults.parse(plain('results', row.results));
    const inputs = plain('inputs', row.inputs);
    return {
      ...id,
      keyId: row.key_id,
      task: row.task,
      weight: row.weight,
      trace: traceOf(row),
      attempt: row.attempt,
      holdsUnits: row.holds_units,
      inputs: Array.isArray(inputs) ? inputs : [],
      results,
    };
  }

  private asRunner<T>(work: (transaction: Prisma.TransactionClient) => Promise<T>): Promise<T> {
    return asRole(this.database, 'inferway_runner', undefined, work);
  }
}

interface ChunkRow {
  tenant_id: string;
  job_id: string;
  first_index: number;
  count: number;
  /** Base64, as are the results. */
  inputs: string;
  results: string | null;
  attempt: number;
  key_id: string;
  task: string;
  weight: number;
  traceparent: string | null;
  tracestate: string | null;
  holds_units: boolean;
}

function traceOf({ traceparent, tracestate }: ChunkRow): TraceContext {
  return { ...(traceparent !== null && { traceparent }), ...(tracestate !== null && { tracestate }) };
}

/** Tenants with open jobs, least served first. */
function readShares(transaction: Prisma.TransactionClient): Promise<{ tenantId: string; served: number }[]> {
  return transaction.$queryRaw`
    SELECT s.tenant_id AS "tenantId", s.served FROM job_shares s
    WHERE s.tenant_id IN (SELECT tenant_id FROM jobs WHERE status IN ('queued', 'running'))
    ORDER BY s.served LIMIT ${tenantsPerClaim}`;
}

/** The tenant's oldest job that has a chunk nobody holds, and that chunk. */
async function leaseOne(
  transaction: Prisma.TransactionClient,
  tenantId: string,
  owner: string,
  leaseMs: number,
): Promise<ChunkRow | undefined> {
  const rows = await transaction.$queryRaw<ChunkRow[]>`
    UPDATE job_chunks c SET leased_until = now() + ${leaseMs}::float8 * interval '1 ms', lease_owner = ${owner}
    FROM (
      SELECT o.key_id, o.task, o.weight, o.traceparent, o.tracestate, o.holds_units, k.* FROM (
        SELECT tenant_id, id, key_id, task, weight, traceparent, tracestate, created_at, held_units IS NOT NULL AS holds_units FROM jobs
        WHERE tenant_id = ${tenantId} AND status IN ('queued', 'running')
      ) o CROSS JOIN LATERAL (
        SELECT job_id, first_index FROM job_chunks
        WHERE tenant_id = o.tenant_id AND job_id = o.id AND NOT done AND available_at <= now()
          AND (leased_until IS NULL OR leased_until <= now())
        ORDER BY first_index LIMIT 1 FOR UPDATE SKIP LOCKED
      ) k
      ORDER BY o.created_at, o.id LIMIT 1
    ) n
    WHERE c.tenant_id = ${tenantId} AND c.job_id = n.job_id AND c.first_index = n.first_index
    RETURNING c.tenant_id, c.job_id, c.first_index, c.count, encode(c.inputs, 'base64') AS inputs,
      encode(c.results, 'base64') AS results, c.attempt, n.key_id, n.task, n.weight, n.traceparent, n.tracestate,
      n.holds_units`;
  return rows[0];
}

async function markRunning(
  transaction: Prisma.TransactionClient,
  claimed: readonly ChunkRow[],
): Promise<void> {
  if (claimed.length === 0) return;
  const tenants = new Set(claimed.map(({ tenant_id: tenantId }) => tenantId));
  const jobs = new Set(claimed.map(({ job_id: jobId }) => jobId));
  await transaction.$executeRaw`
    UPDATE jobs SET status = 'running', started_at = now(), version = version + 1
    WHERE tenant_id IN (${Prisma.join([...tenants])}) AND id IN (${Prisma.join([...jobs])}) AND status = 'queued'`;
}

function chargesOf(claimed: readonly ChunkRow[]): Map<string, number> {
  const charges = new Map<string, number>();
  for (const { tenant_id: tenantId, count: inputs, weight } of claimed) {
    charges.set(tenantId, (charges.get(tenantId) ?? 0) + (inputs * expectedMsPerInput) / weight);
  }
  return charges;
}

async function charge(transaction: Prisma.TransactionClient, tenantId: string, ms: number): Promise<void> {
  await transaction.$executeRaw`
    UPDATE job_shares SET served = served + ${ms}::float8 WHERE tenant_id = ${tenantId}`;
}

/** A job that was cancelled meanwhile keeps its status: what was under way is counted all the same. */
async function count(
  transaction: Prisma.TransactionClient,
  { tenantId, jobId }: ChunkId,
  { succeeded, failed, settledUnits }: { succeeded: number; failed: number; settledUnits: number },
): Promise<void> {
  const [job] = await transaction.$queryRaw<JobRow[]>`
    UPDATE jobs SET succeeded = succeeded + ${succeeded}, failed = failed + ${failed}, version = version + 1,
      held_units = GREATEST(0, held_units - ${settledUnits}::float8),
      status = CASE WHEN status = 'running' AND succeeded + failed + ${succeeded + failed} = total
        THEN 'succeeded'::job_status ELSE status END,
      finished_at = CASE WHEN status = 'running' AND succeeded + failed + ${succeeded + failed} = total
        THEN now() ELSE finished_at END
    WHERE tenant_id = ${tenantId} AND id = ${jobId}
    RETURNING ${jobColumns}`;
  if (job?.status === 'succeeded') await tellReceiver(transaction, job);
}

function newlyKnown(before: LeasedChunk['results'], after: readonly (JobResult | null)[]) {
  const known = after.filter((result, place) => result !== null && before[place] === null);
  const failed = known.filter((result) => result?.error !== undefined).length;
  return { succeeded: known.length - failed, failed };
}
