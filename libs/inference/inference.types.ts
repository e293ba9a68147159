import type { TracedWork } from '#kernel';
import type { ModelHandle } from './models/model-catalogue.js';

/** Data of one row, without the batch dimension; only small types cross the process boundary. */
export type RowTensor = Int32Array | Uint8Array | Float32Array;

/**
 * One row's inputs by tensor name of the manifest. A row that varies in length (`sequence`) gives its real tokens
 * only: the engine pads, and fills an `attention_mask` input by itself.
 */
export type RowInputs = Readonly<Record<string, RowTensor>>;

/** One row's outputs by tensor name, padding removed. An encoder-decoder answers `output_ids` (Int32Array). */
export type InferenceOutputs = Readonly<Record<string, RowTensor>>;

/** One row for the batcher. */
export interface InferenceRequest {
  model: ModelHandle;
  inputs: RowInputs;
  tenantId: string;
  weight: number;
  /** Milliseconds since the epoch. */
  deadlineAt: number;
  signal: AbortSignal;
  /** Whose trace the row belongs to, and learns which batches held it. */
  trace?: TracedWork | undefined;
}

export interface InferenceResult {
  outputs: InferenceOutputs;
  timings: { waitMs: number; inferenceMs: number; computeMs: number; paddingMs: number };
}
