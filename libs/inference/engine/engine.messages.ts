import { z } from 'zod';
import { isTensor } from '../channel/message-frame.js';
import type { RowTensor } from '../inference.types.js';
import { manifestSchema } from '../models/manifest.js';

/**
 * What crosses the process boundary between dispatcher and engine host, both ways. Structure is validated, numbers
 * inside typed arrays are not: reading 150,528 pixels twice would cost more than it could find.
 */
const rowTensor = z.custom<RowTensor>(isTensor, {
  error: 'must be an Int32Array, Uint8Array or Float32Array',
});
const rowTensors = z.record(z.string(), rowTensor);
const rowId = z.int().nonnegative();
const ms = z.number().nonnegative();

const loadedModel = z.object({
  ref: z.string(),
  directory: z.string(),
  manifest: manifestSchema,
  /** Files of its graphs prepacked for this processor, by role. */
  prepacked: z.record(z.string(), z.string()).optional(),
});
export type LoadedModel = z.infer<typeof loadedModel>;

/**
 * What is run before it is ready: all that says what runs cost, or only what they need to have run once, or nothing where rows
 * wait.
 */
const warmUp = z.enum(['timed', 'untimed', 'none']);
export type WarmUp = z.infer<typeof warmUp>;

const start = z.object({
  type: z.literal('start'),
  models: z.array(loadedModel),
  /** Key of `variants` in every manifest. */
  variant: z.string(),
  warmUp,
  /** What it has to get ready, from its spawn. */
  startTimeoutMs: ms,
});
const run = z.object({
  type: z.literal('run'),
  ref: z.string(),
  rows: z.array(z.object({ id: rowId, inputs: rowTensors })).min(1),
  /** Tokens that single-pass rows are padded to; a decoder pads as it sees fit. */
  length: z.int().positive(),
});
const cancel = z.object({ type: z.literal('cancel'), ids: z.array(rowId) });
const stop = z.object({ type: z.literal('stop') });

/** Dispatcher to host. */
export const hostCommand = z.discriminatedUnion('type', [start, run, cancel, stop]);
export type HostCommand = z.infer<typeof hostCommand>;

const sample = z.object({
  ref: z.string(),
  rows: z.int().positive(),
  /** Longest row in tokens; 1 for models without a `sequence` dimension. */
  length: z.int().positive(),
  ms,
});
/** Time of a warm run; for an encoder-decoder that of whole answers of about the source's length. */
export type RunSample = z.infer<typeof sample>;

const rowDone = z.object({
  id: rowId,
  outputs: rowTensors,
  /** From the message's arrival in the host to the first run that held the row. */
  queuedMs: ms,
  /** From that run's start until the answer, other models' runs included. */
  inferenceMs: ms,
  /** The row's share of its runs' wall time. */
  engineMs: ms,
  /** The row's share of what its runs cost (`Spent`), padding included. */
  computeMs: ms,
  paddingMs: ms,
});
export type RowDone = z.infer<typeof rowDone>;

/** A prepacked copy that could not be opened, and what onnxruntime says of it. */
const refusedCopy = z.object({
  path: z.string(),
  reason: z.string(),
  /** The file that was refused, by which another one in its place is told apart; none if it cannot be opened at all. */
  file: z.object({ ino: z.number(), mtimeMs: z.number() }).optional(),
});
export type RefusedCopy = z.infer<typeof refusedCopy>;

const ready = z.object({
  type: z.literal('ready'),
  samples: z.array(sample),
  /** The models of these run from their own graphs. */
  refusedCopies: z.array(refusedCopy),
  rssBytes: z.number(),
});
const report = z.object({
  type: z.literal('report'),
  ref: z.string(),
  /** Rows of the run, and the length they were padded to. */
  rows: z.int().nonnegative(),
  length: z.int().nonnegative(),
  /** Time of the runs since the last report of this model. */
  ms,
  done: z.array(rowDone),
  /** Rows whose run threw; the host lives on. */
  failed: z.array(z.object({ id: rowId, reason: z.string() })),
  rssBytes: z.number(),
});
export type RunReport = z.infer<typeof report>;
/** Cancelled rows that no run holds any more, nor will. */
const dropped = z.object({ type: z.literal('dropped'), ids: z.array(rowId) });
const fatal = z.object({ type: z.literal('fatal'), reason: z.string() });

/** Host to dispatcher. */
export const hostEvent = z.discriminatedUnion('type', [ready, report, dropped, fatal]);
export type HostEvent = z.infer<typeof hostEvent>;
