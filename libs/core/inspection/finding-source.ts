import type { InspectableTask, InspectionDefinition, TaskContract } from '#contracts';
import type { Found } from './judge-findings.js';

/** Whole pixels of the upright picture. */
export interface PixelRegion {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How a task is asked for what a profile looks for, and how its reply is read: the two halves a task differs in. */
export interface FindingSource {
  readonly task: TaskContract;
  /** Whether a profile must name a model: the task has several, none of which is a default. */
  readonly needsModel: boolean;
  /** Whether it looks at tiles when asked to. */
  readonly takesTiles: boolean;
  /** A body of the task, to be parsed by its contract. @param region all of the picture without it */
  ask(image: Uint8Array, definition: InspectionDefinition, region: PixelRegion | undefined): object;
  read(reply: unknown, definition: InspectionDefinition): Found[];
}

export type FindingSources = Readonly<Record<InspectableTask, FindingSource>>;
