import type { Manifest } from './manifest.js';

/** A verified model folder. */
export interface ModelHandle {
  readonly name: string;
  readonly revision: string;
  /** `name@revision`, as replies and usage rows name it. */
  readonly ref: string;
  readonly directory: string;
  readonly manifest: Manifest;
}

/** The models this process serves. */
export interface ModelCatalogue {
  list(): readonly ModelHandle[];
  forTask(task: string): readonly ModelHandle[];
}
