import type { InferenceSession } from 'onnxruntime-node';

/**
 * One thread, no spinning: several one-thread hosts beat one host of several threads, and two spinning pools on the
 * same cores ran 2 to 5 times slower (facts: 191 against 39 ms). No memory pattern: it is planned per shape, and
 * shapes change with every batch.
 */
export const sessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  enableCpuMemArena: true,
  enableMemPattern: false,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
} as const satisfies InferenceSession.SessionOptions;

/** A graph that was saved optimised is taken as it is. */
export const prepackedOptions = {
  ...sessionOptions,
  executionProviders: ['cpu'],
  graphOptimizationLevel: 'disabled',
} as const satisfies InferenceSession.SessionOptions;
