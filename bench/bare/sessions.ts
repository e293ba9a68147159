import { join } from 'node:path';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { precisionConfig, type ModelHandle } from '#inference';

/** Inputs of one run, by name. */
export type Feeds = Record<string, Tensor>;

/** As the engine hosts do: one thread, no spinning, the same arithmetic. */
export function openGraph(model: ModelHandle, role: string): Promise<InferenceSession> {
  return InferenceSession.create(graphFile(model, role), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableMemPattern: false,
    extra: {
      session: {
        intra_op: { allow_spinning: '0' },
        inter_op: { allow_spinning: '0' },
        ...graphConfig(model, role),
      },
    },
  });
}

/** What engine hosts add to onnxruntime's session configuration for this graph on this machine. */
export function graphConfig({ manifest }: ModelHandle, role: string): Readonly<Record<string, string>> {
  return precisionConfig(manifest.graphs[role]?.inputs ?? []);
}

export function graphFile({ directory, manifest, ref }: ModelHandle, role: string): string {
  const file = manifest.variants['cpu']?.graphs[role];
  if (file === undefined) throw new Error(`${ref} has no ${role} graph`);
  return join(directory, file);
}
