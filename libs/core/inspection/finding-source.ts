import type { InspectableTask, InspectionDefinition, TaskContract } from '#contracts';
import type { Found } from './judge-findings.js';

/** How a task is asked for what a profile looks for, and how its reply is read: the two halves a task differs in. */
export interface FindingSource {
  readonly task: TaskContract;
  /** Whether a profile must name a model; it may not where the task has one alone. */
  readonly takesModel: boolean;
  /** A body of the task, to be parsed by its contract. */
  ask(image: Uint8Array, definition: InspectionDefinition): object;
  read(reply: unknown, definition: InspectionDefinition): Found[];
}

export type FindingSources = Readonly<Record<InspectableTask, FindingSource>>;
