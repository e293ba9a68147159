import type { SpanReference } from '#kernel';
import type { RowInputs } from '../inference.types.js';
import type { RowDone, RunSample } from './engine.messages.js';

/** A row as the host holds it. */
export interface HostRow {
  readonly id: number;
  readonly inputs: RowInputs;
  /** When its message arrived, by `performance.now()`. */
  readonly arrivedAt: number;
}

/** What one run of onnxruntime brought. */
export interface RunOutcome {
  rows: number;
  length: number;
  ms: number;
  done: RowDone[];
  failed: { id: number; reason: string }[];
}

export interface WarmUpOrder {
  /** Whether to find out what runs cost: another engine does where not. */
  timed: boolean;
  /** For what only serves to find that out better, from the moment when all that must have run once has. */
  budgetMs: number;
  /** When all of it is to be over, by `performance.now()`; a run that would end later is left out. */
  endsAt: number;
}

/** How one model's rows become answers: single pass, or encoder and decoder steps. */
export interface Runner {
  /** Takes the rows of one planned run; `length` is what a single pass pads them to, `trace` its batch's. */
  accept(rows: readonly HostRow[], length: number, trace?: SpanReference): void;
  /** Forgets rows. Never called while `advance` is under way. */
  cancel(ids: ReadonlySet<number>): void;
  readonly hasWork: boolean;
  /** Does one run of onnxruntime. Never throws: a run that fails answers its rows in `failed`. */
  advance(): Promise<RunOutcome>;
  /** Runs the usual shapes that there is time for. @returns samples of what they cost; none if it is not to be timed */
  warmUp(order: WarmUpOrder): Promise<RunSample[]>;
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
