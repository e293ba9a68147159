import type { JobResult, TraceContext } from '#contracts';
import type { Spent } from './admission.js';

/** Names a chunk. */
export interface ChunkId {
  tenantId: string;
  jobId: string;
  firstIndex: number;
}

/** A chunk that this owner holds until its lease is over, renewed or settled. */
export interface LeasedChunk extends ChunkId {
  keyId: string;
  task: string;
  weight: number;
  trace: TraceContext;
  /** How often inputs of this chunk have had an outcome that is tried again. */
  attempt: number;
  /** Whether the tenant's limits hold units for its job. */
  holdsUnits: boolean;
  /** Inputs as callers sent them. */
  inputs: readonly unknown[];
  /** What is known from earlier attempts, in the order of the inputs. */
  results: readonly (JobResult | null)[];
}

/** What became of a leased chunk. */
export interface ChunkOutcome {
  results: readonly (JobResult | null)[];
  /** Engine time that the chunk took; the tenant's share is settled by it. */
  computeMs: number;
  /** When inputs without a result are tried again, from now; ignored when there are none. */
  retryInMs: number;
  /** What was held for the inputs that now have a result, in units. */
  settledUnits: number;
  /** What those inputs used. */
  spent: readonly Spent[];
}

/** The work inside jobs, of all tenants: leased, so that a runner that dies loses nothing. */
export abstract class JobWorkStore {
  /** Leases up to `limit` chunks, fairly between tenants by weight and first come first served inside one. */
  abstract claim(owner: string, leaseMs: number, limit: number): Promise<LeasedChunk[]>;
  /** Prolongs a lease. False when the chunk is not this owner's any more, or its job was cancelled or has expired. */
  abstract renew(owner: string, leaseMs: number, chunk: ChunkId): Promise<boolean>;
  /** Stores results and counts them, in one transaction. False when the lease was lost: somebody else settles it. */
  abstract settle(owner: string, chunk: LeasedChunk, outcome: ChunkOutcome): Promise<boolean>;
  /** Gives a chunk back undone, to be taken again after `delayMs` under the same attempt. */
  abstract release(owner: string, chunk: ChunkId, delayMs: number): Promise<void>;
  /** Expires jobs whose retention is over and forgets uploads that broke off. Resolves with how many it touched. */
  abstract sweep(): Promise<number>;
}
