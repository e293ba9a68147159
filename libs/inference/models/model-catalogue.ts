import type { Manifest } from './manifest.js';

/** A verified model folder. */
export interface ModelHandle {
  readonly name: string;
  readonly revision: string;
  /** `name@revision`, as replies and usage rows name it. */
  readonly ref: string;
  readonly directory: string;
  readonly manifest: Manifest;
  /** Copies of its graphs whose weights all engine hosts of this machine share, by role. */
  readonly prepacked?: Readonly<Record<string, string>>;
}

/** The models this process serves. */
export interface ModelCatalogue {
  list(): readonly ModelHandle[];
  forTask(task: string): readonly ModelHandle[];
}
