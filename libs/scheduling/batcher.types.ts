import type { CostModel } from './cost-model.js';
import type { PackedRun } from './pack-by-length.js';

/** One row of work; its object identity names it. */
export interface Row<T> {
  readonly tenantId: string;
  /** Share of this tenant relative to others; above 0. */
  readonly weight: number;
  readonly model: string;
  /** Real tokens; 1 for images. */
  readonly length: number;
  /** Milliseconds since the epoch. */
  readonly deadlineAt: number;
  readonly payload: T;
}

/** `single-pass`: one run answers. `continuous`: sequences join and leave between decoder steps. */
export type BatchMode = 'single-pass' | 'continuous';

export interface ModelPolicy {
  readonly cost: CostModel;
  readonly mode: BatchMode;
  /** Rows a run; of a continuous model, decoder slots an engine. */
  readonly maxRows: number;
  /** Tokens a row of this length occupies in a run: its length bucket. Must not fall as length grows. */
  paddedLength(length: number): number;
}

/** What an engine that asks for work has room for. */
export interface EngineState {
  readonly models: ReadonlySet<string>;
  /** A single-pass dispatch is under way; a second one has to wait, joining the decoder has not. */
  readonly busySinglePass: boolean;
  /** Free decoder slots of a continuous model; finite. */
  freeSlots(model: string): number;
  /** Engines with room now, this one included; a few rows are spread over them when that is faster. Default 1. */
  readonly idleEngines?: number;
}

/** Work for one engine: its runs are to be done one after another, each answered when it ends. */
export interface Dispatch<T> {
  model: string;
  mode: BatchMode;
  /** Shortest rows first. */
  runs: PackedRun<Row<T>>[];
  predictedMs: number;
}
