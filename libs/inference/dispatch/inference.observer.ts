import type { ErrorCode, TracedWork } from '#kernel';

/** A run that ended; for a continuous model: sentences that left, with the engine time they used. */
export interface RunObservation {
  /** `name@revision` */
  model: string;
  rows: number;
  /** Tokens that rows were padded to; their mean for a continuous model. */
  length: number;
  /** Wall time. */
  ms: number;
  predictedMs: number;
  /** Share of what the rows cost that went into padding, 0 to 1. */
  paddingRatio: number;
  /** Of each row, from offer to its first run. */
  waitMs: readonly number[];
  /** When the engine began the first of the rows, in milliseconds since the epoch. */
  startedAt: number;
}

/** A batch whose first traced row has just been answered. */
export interface BatchOpening {
  model: string;
  enginePid: number | undefined;
  /** Address of an engine that is not on this machine. */
  server?: string | undefined;
  /** When the oldest of its rows was sent to the engine, in milliseconds since the epoch. */
  sentAt: number;
}

/** A batch under way, as who traces it sees it: linked to its rows, then ended once. */
export interface TracedBatch extends TracedWork {
  answered(run: RunObservation): void;
  /** Its rows failed, and run again elsewhere. */
  failed(code: ErrorCode): void;
}

export interface HostLoss {
  /** Hung: a run took far longer than predicted, and the engine was given up. Away: a server that refuses work or is gone. */
  kind: 'crash' | 'hung' | 'away';
  /** The run never ends, as far as can be told: its host computed, or slept, far beyond what it was to take. */
  byRun: boolean;
  /** For the log; it may hold what native code wrote last. */
  reason: string;
}

/** What telemetry may hear. Called synchronously: observers count, they do not work. */
export interface InferenceObserver {
  /** Answers undefined where batches are not traced. Only asked for batches with a row that is. */
  onBatch?(batch: BatchOpening): TracedBatch | undefined;
  onRun?(run: RunObservation): void;
  /** A host ended by itself or was killed; `rows` were in flight and are run again. */
  onHostLost?(loss: HostLoss & { rows: number }): void;
  /** An engine did not get ready; another attempt follows. */
  onHostNotStarted?(reason: string): void;
  /** Engines do not share some weights: what is wrong with their copy, and what becomes of it. Told once of each. */
  onCopyLost?(problem: string): void;
  /** A host had grown too large, and another took its place before it ended: nothing was lost. */
  onHostReplaced?(): void;
  onHostReady?(facts: { pid: number | undefined; startMs: number }): void;
}
