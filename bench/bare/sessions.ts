import { join } from 'node:path';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import type { ModelHandle } from '#inference';

/** Inputs of one run, by name. */
export type Feeds = Record<string, Tensor>;

/** The options of the engine hosts: one thread, no spinning. */
const options: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  enableMemPattern: false,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
};

export function openGraph(model: ModelHandle, role: string): Promise<InferenceSession> {
  return InferenceSession.create(graphFile(model, role), options);
}

export function graphFile({ directory, manifest, ref }: ModelHandle, role: string): string {
  const file = manifest.variants['cpu']?.graphs[role];
  if (file === undefined) throw new Error(`${ref} has no ${role} graph`);
  return join(directory, file);
}
