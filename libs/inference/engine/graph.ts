import type { SpanReference } from '#kernel';
import type { BatchTensor, TensorData } from './tensor-layout.js';

/** What a run took. */
export interface Spent {
  /** Wall time: so long nobody else had the engine. */
  readonly ms: number;
  /** What its rows are charged: of a run on this host's CPU the processor's time, of any other `ms`. */
  readonly computeMs: number;
}

export interface GraphRun extends Spent {
  /** By the output's name. */
  outputs: ReadonlyMap<string, TensorData>;
}

/** A row's part of a run: all rows of one cost alike. */
export function shareOf({ ms, computeMs }: Spent, rows: number): Spent {
  return { ms: ms / rows, computeMs: computeMs / rows };
}

/** A graph that takes a batch: a session of this process, or one behind a network. */
export interface Graph {
  /**
   * @param feeds by the input's name
   * @param trace of the batch, for a graph that others run
   */
  run(feeds: Readonly<Record<string, BatchTensor>>, trace?: SpanReference): Promise<GraphRun>;
}
