import type { DecodingSpec } from '../models/manifest.js';
import type { RowDone } from './engine.messages.js';
import type { Spent } from './graph.js';

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
  engineMs: number;
  computeMs: number;
  paddingMs: number;
}

/** Room for an answer to a source of one or two tokens, which the factor alone would cut off. */
const extraTokens = 8;

/** @param encoder the run that the row shared with others, and what its tensors were padded to. */
export function startRow(
  row: DecodeRow,
  { maxLengthFactor, maxTokens = Infinity }: DecodingSpec,
  encoder: { startedAt: number; length: number; share: Spent },
): LiveRow {
  return {
    ...row,
    startedAt: encoder.startedAt,
    maxTokens: Math.min(maxTokens, Math.ceil(row.length * maxLengthFactor) + extraTokens),
    tokens: [],
    engineMs: encoder.share.ms,
    computeMs: encoder.share.computeMs,
    paddingMs: encoder.share.computeMs * (1 - row.length / encoder.length),
  };
}

/** A decoder step that the row shared with others. */
export function chargeRow(row: LiveRow, { ms, computeMs }: Spent): void {
  row.engineMs += ms;
  row.computeMs += computeMs;
}

export function answerOf({ id, tokens, arrivedAt, startedAt, ...spent }: LiveRow): RowDone {
  const { engineMs, computeMs, paddingMs } = spent;
  return {
    id,
    outputs: { output_ids: Int32Array.from(tokens) },
    queuedMs: startedAt - arrivedAt,
    inferenceMs: performance.now() - startedAt,
    engineMs,
    computeMs,
    paddingMs,
  };
}
