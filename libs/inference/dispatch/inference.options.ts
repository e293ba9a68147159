export interface InferenceOptions {
  /** Engine hosts side by side: one for each core of the CPU quota. */
  hosts: number;
  /** Execution provider, a key of every manifest's `variants`. */
  variant: string;
  /** Bound of one dispatch in predicted milliseconds: how long a newcomer may find an engine occupied. */
  maxDispatchMs: number;
  /** Bound of the waiting list in predicted milliseconds. */
  maxBacklogMs: number;
  /** Most rows in one run of any model; the manifest's bound where absent or larger. */
  maxBatchRows?: number;
  /** Resident memory beyond which a host is replaced. */
  maxRssBytes: number;
  startTimeoutMs: number;
}

export interface ModelStats {
  /** `name@revision` */
  model: string;
  /** Rows not yet given to an engine. */
  waiting: number;
  inFlight: number;
}

export interface InferenceStats {
  models: ModelStats[];
  backlogMs: number;
  hosts: { pid: number | undefined; rows: number; rssBytes: number; draining: boolean }[];
}
