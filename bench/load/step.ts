/** What one step of a ramp measured. Rates are a second of its measured part. */
export interface Step {
  /** What arrived. */
  offeredPerSecond: number;
  /** What was answered. */
  achievedPerSecond: number;
  requests: number;
  errorShare: number;
  /** Requests by the code that they got instead of an answer. */
  errors: Readonly<Record<string, number>>;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  /** How far behind its schedule the client was: where this is much, it is the client that is saturated. */
  clientLateP99Ms: number;
  tasks: Readonly<Record<string, TaskFigures>>;
  tenants: Readonly<Record<string, TenantFigures>>;
  /** Jain's index over what each tenant got of what it was due. */
  fairness: number;
  /** By model; undefined where metrics could not be read. */
  batches?: Readonly<Record<string, { meanBatch: number; paddingWaste: number }>>;
  /** Undefined for a server that is not ours. */
  cpu?: CpuFigures;
}

export interface TaskFigures {
  answered: number;
  p50Ms: number;
  p95Ms: number;
}

export interface TenantFigures {
  weight: number;
  offeredPerSecond: number;
  achievedPerSecond: number;
  /** Its part of all that was answered, by weighted max-min. */
  duePerSecond: number;
  p95Ms: number;
}

export interface CpuFigures {
  /** Of our processes, over the answers. */
  msPerAnswer: number;
  cores: number;
  coresOfOthers: number;
  /** Best bare CPU of the answered items over ours: 1 would mean that serving is free. */
  efficiency?: number;
}
