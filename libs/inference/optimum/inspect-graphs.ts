import { fork } from 'node:child_process';
import { z } from 'zod';
import { ownProgram } from '../own-program.js';
import { UnsupportedModelError } from './unsupported-model.error.js';

const tensor = z.object({
  name: z.string(),
  type: z.string().default('unknown'),
  /** Numbers, and names of dimensions that vary. */
  shape: z.array(z.union([z.number(), z.string()])).default([]),
});
const answer = z.union([
  z.object({ graphs: z.array(z.object({ inputs: z.array(tensor), outputs: z.array(tensor) })) }),
  z.object({ reason: z.string() }),
]);

export type FoundTensor = z.infer<typeof tensor>;
export interface FoundGraph {
  inputs: FoundTensor[];
  outputs: FoundTensor[];
}

const timeoutMs = 300_000;

/** What onnxruntime says of these files, in order. @throws UnsupportedModelError when it cannot read one. */
export async function inspectGraphs(paths: readonly string[]): Promise<FoundGraph[]> {
  const { path, execArgv } = ownProgram('engine/inspect-graph.main');
  const child = fork(path, [], {
    execArgv,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  try {
    const message = await new Promise<unknown>((resolve, reject) => {
      child.once('message', resolve);
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        reject(
          new UnsupportedModelError(`onnxruntime ended on its graphs (${signal ?? `code ${code ?? '?'}`})`),
        ),
      );
      child.send([...paths]);
    });
    const parsed = answer.parse(message);
    if ('reason' in parsed) throw new UnsupportedModelError(`onnxruntime refuses a graph: ${parsed.reason}`);
    return parsed.graphs;
  } finally {
    child.kill('SIGKILL');
  }
}
