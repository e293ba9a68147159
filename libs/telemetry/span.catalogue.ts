/**
 * Every span that is not named by the HTTP convention (`POST /v1/translate`). What a span knows of a payload is its
 * size, never its content; no attribute names a key or a tenant.
 */
export const spanCatalogue = {
  /** From submission until a worker took the job; recorded by the worker, which knows both ends. */
  queue: 'queue',
  /** One job in a worker: encode, batches, decode, meter. */
  job: 'process job',
  /** A batch from its first row's way to the engine until it is answered: a trace of its own, linked both ways. */
  batch: 'batch',
  /** The part of a batch that its engine host measured. */
  engineRun: 'engine run',
} as const;

/** Attributes beside those of OpenTelemetry's conventions. Durations are in milliseconds. */
export const spanAttributes = {
  requestId: 'inferway.request.id',
  task: 'inferway.task',
  model: 'inferway.model',
  items: 'inferway.items',
  /** The longest of the job's items, as in `Server-Timing`. */
  batchWaitMs: 'inferway.batch_wait_ms',
  encodeMs: 'inferway.encode_ms',
  inferenceMs: 'inferway.inference_ms',
  decodeMs: 'inferway.decode_ms',
  /** Codes of the error catalogue, each once. */
  itemErrors: 'inferway.item_errors',
  rows: 'inferway.batch.rows',
  /** Tokens that rows were padded to. */
  length: 'inferway.batch.length',
  paddingRatio: 'inferway.batch.padding_ratio',
  predictedMs: 'inferway.batch.predicted_ms',
  observedMs: 'inferway.batch.observed_ms',
  enginePid: 'inferway.engine.pid',
  engineServer: 'inferway.engine.server',
} as const;
