/** One row of the benchmark: a task at one batch size (bare) or concurrency (http). */
export interface BenchResult {
  task: string;
  model: string;
  topology: 'bare' | 'http' | 'cluster';
  /** Rows a run of the bare loop, or clients that each wait for one answer. */
  concurrency: number;
  itemsPerSecond: number;
  /** CPU of all our processes per answered item. */
  cpuMsPerItem: number;
  /** The part of it outside the engine hosts: HTTP, texts and images, queue, meter. */
  gatewayCpuMsPerItem?: number;
  /** Best bare CPU per item ÷ this row's; 1 for the best bare row. */
  efficiency?: number;
  p50Ms?: number;
  p95Ms?: number;
  p99Ms?: number;
  meanBatch?: number;
  paddingWaste?: number;
  /** Cores that processes other than the server and the benchmark kept busy meanwhile. */
  coresOfOthers?: number;
  /** How late timers of the serving process came. */
  eventLoopDelayP99Ms?: number;
}
