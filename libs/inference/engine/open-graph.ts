import { InferenceSession } from 'onnxruntime-node';
import type { TensorSpec } from '../models/manifest.js';
import { precisionConfig } from '../precision-config.js';
import { sessionOptions } from './session-options.js';

export interface GraphFile {
  path: string;
  inputs: readonly TensorSpec[];
  provider: string;
  /** Options beside `sessionOptions`, and entries of the configuration, `session.…`. */
  options?: InferenceSession.SessionOptions;
  config?: Readonly<Record<string, string>>;
}

/**
 * What onnxruntime 1.30 says where it cannot widen weights, as they share a zero point; quantised models from elsewhere may.
 * Whatever else it says is no reason to answer differently from other hosts.
 */
const cannotWiden = /Attempt to replace the existing tensor/;

/** @throws when onnxruntime refuses the file */
export async function openGraph(file: GraphFile): Promise<InferenceSession> {
  const precision = file.provider === 'cpu' ? precisionConfig(file.inputs) : {};
  if (Object.keys(precision).length === 0) return open(file);
  return open({ ...file, config: { ...file.config, ...precision } }).catch((error: unknown) => {
    if (cannotWiden.test(String(error))) return open(file);
    throw error;
  });
}

function open({ path, provider, options, config }: GraphFile): Promise<InferenceSession> {
  return InferenceSession.create(path, {
    ...sessionOptions,
    ...options,
    executionProviders: [provider],
    extra: { session: { ...sessionOptions.extra.session, ...config } },
  });
}
