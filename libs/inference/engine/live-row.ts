import type { DecodingSpec } from '../models/manifest.js';
import type { RowDone } from './engine.messages.js';

/** A sentence about to be translated. */
export interface DecodeRow {
  readonly id: number;
  readonly arrivedAt: number;
  /** Source tokens. */
  readonly length: number;
}

/** A sentence under translation. */
export interface LiveRow extends DecodeRow {
  readonly startedAt: number;
  readonly maxTokens: number;
  readonly tokens: number[];
  computeMs: number;
  paddingMs: number;
}

/** Room for an answer to a source of one or two tokens, which the factor alone would cut off. */
const extraTokens = 8;

/** @param encoder the run that the row shared with others, and what its tensors were padded to. */
export function startRow(
  row: DecodeRow,
  { maxLengthFactor, maxTokens = Infinity }: DecodingSpec,
  encoder: { startedAt: number; length: number; shareMs: number },
): LiveRow {
  return {
    ...row,
    startedAt: encoder.startedAt,
    maxTokens: Math.min(maxTokens, Math.ceil(row.length * maxLengthFactor) + extraTokens),
    tokens: [],
    computeMs: encoder.shareMs,
    paddingMs: encoder.shareMs * (1 - row.length / encoder.length),
  };
}

export function answerOf({ id, tokens, arrivedAt, startedAt, computeMs, paddingMs }: LiveRow): RowDone {
  return {
    id,
    outputs: { output_ids: Int32Array.from(tokens) },
    queuedMs: startedAt - arrivedAt,
    inferenceMs: performance.now() - startedAt,
    computeMs,
    paddingMs,
  };
}
