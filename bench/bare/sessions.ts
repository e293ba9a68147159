import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import type { ModelHandle } from '#inference';

/** The options of the engine hosts: one thread, no spinning. */
const options: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  enableMemPattern: false,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
};

export function openGraph(
  { directory, manifest, ref }: ModelHandle,
  role: string,
): Promise<InferenceSession> {
  const file = manifest.variants['cpu']?.graphs[role];
  if (file === undefined) throw new Error(`${ref} has no ${role} graph`);
  return InferenceSession.create(join(directory, file), options);
}
