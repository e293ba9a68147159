/** A run that ended; for a continuous model: sentences that left, with the engine time they used. */
export interface RunObservation {
  /** `name@revision` */
  model: string;
  rows: number;
  /** Tokens that rows were padded to; their mean for a continuous model. */
  length: number;
  ms: number;
  predictedMs: number;
  /** Share of `ms` spent on padding, 0 to 1. */
  paddingRatio: number;
  /** Of each row, from offer to its first run. */
  waitMs: readonly number[];
}

/** What telemetry may hear. Called synchronously: observers count, they do not work. */
export interface InferenceObserver {
  onRun?(run: RunObservation): void;
  /** A host died or was replaced; `rows` were in flight and are run again. */
  onHostLost?(facts: { reason: string; rows: number }): void;
  onHostReady?(facts: { pid: number | undefined; startMs: number }): void;
}
