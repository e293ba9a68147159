import type { BatchTensor, TensorData } from './tensor-layout.js';

export interface GraphRun {
  /** By the output's name. */
  outputs: ReadonlyMap<string, TensorData>;
  /** Wall time of the run. */
  ms: number;
}

/** A graph that takes a batch: a session of this process, or one behind a network. */
export interface Graph {
  /** @param feeds by the input's name */
  run(feeds: Readonly<Record<string, BatchTensor>>): Promise<GraphRun>;
}
