import type { TracedWork } from '#kernel';
import type { TimingRecorder } from '../inference/timing-recorder.js';

/** Whose work it is and how long it may take. */
export interface WorkContext {
  tenantId: string;
  /** The model that must answer, `name` or `name@revision`. */
  model?: string | undefined;
  weight: number;
  /** Milliseconds since the epoch. */
  deadlineAt: number;
  signal: AbortSignal;
  timings: TimingRecorder;
  /** The job's trace, where it is recorded. */
  trace?: TracedWork | undefined;
}

export interface ItemResult {
  output: unknown;
  /** `name@revision` that answered. */
  model: string;
  /** Billed units. */
  units: number;
}

/** Runs one item of a task through its pipeline. Throws `AppError`s; `request.invalid` for a model that is not there. */
export abstract class TaskRunner {
  abstract run(task: string, item: unknown, work: WorkContext): Promise<ItemResult>;
}
