import type { SpanReference } from '#kernel';
import type { BatchTensor, TensorData } from './tensor-layout.js';

export interface GraphRun {
  /** By the output's name. */
  outputs: ReadonlyMap<string, TensorData>;
  /** Wall time of the run. */
  ms: number;
}

/** A graph that takes a batch: a session of this process, or one behind a network. */
export interface Graph {
  /**
   * @param feeds by the input's name
   * @param trace of the batch, for a graph that others run
   */
  run(feeds: Readonly<Record<string, BatchTensor>>, trace?: SpanReference): Promise<GraphRun>;
}
