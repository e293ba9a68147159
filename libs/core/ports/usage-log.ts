import type { Unit, UsageBucket, UsageBucketLength, UsageGroup } from '#contracts';

/** One metered item. (tenantId, requestId, item, status) is unique: a row written twice counts once, an item is `ok` once. */
export interface UsageRow {
  tenantId: string;
  requestId: string;
  /** Index of the item in its request. */
  item: number;
  keyId: string;
  task: string;
  /** `name@revision`; '' when the item failed before a model was chosen. */
  model: string;
  unit: Unit;
  /** Billed units; 0 unless `status` is `ok`. */
  amount: number;
  /** `ok`, or the error code of the item. */
  status: string;
  /** The item's share of what its batches cost an engine, padding included: processor time where that is known. */
  computeMs: number;
  /** The part of `computeMs` spent on padding. */
  paddingMs: number;
  queueMs: number;
  inferenceMs: number;
  at: Date;
}

/** What identifies a bucket of a report beside what the report is split by: buckets are in this order. */
export type UsagePlace = Pick<UsageBucket, 'start' | 'task' | 'unit' | 'keyId' | 'model' | 'status'>;

/** What to report, from the first to the last UTC day inclusive. */
export interface UsageRange {
  from: Date;
  to: Date;
  task?: string;
  /** A day where it is not said. */
  bucket?: UsageBucketLength;
  /** Beside task and unit, which are always apart. */
  groupBy?: readonly UsageGroup[];
  /** Only what comes after this bucket of the same report. */
  after?: UsagePlace;
  /** Most buckets. */
  limit?: number;
}

/** The meter. Rows are durable when `record` resolves; a full log refuses new work (`overloaded`) and drops nothing. */
export abstract class UsageLog {
  /** @param callsToCome calls that will follow soon, for which a log that writes rows together may wait a little */
  abstract record(rows: readonly UsageRow[], callsToCome?: number): Promise<void>;
  /** Exact at any moment: every row that is durable is in it. */
  abstract report(tenantId: string, range: UsageRange): Promise<UsageBucket[]>;
}
