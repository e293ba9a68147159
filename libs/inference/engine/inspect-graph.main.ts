import { InferenceSession } from 'onnxruntime-node';
import { z } from 'zod';

/**
 * A child process that tells a graph's inputs and outputs and ends: only processes of this folder load onnxruntime, and
 * a file that crashes it takes nobody along.
 */
const question = z.array(z.string());

process.on('message', (message) => {
  inspect(question.parse(message)).then(
    (graphs) => process.send?.({ graphs }, () => process.exit(0)),
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      process.send?.({ reason }, () => process.exit(1));
    },
  );
});
process.on('disconnect', () => process.exit(0));

async function inspect(paths: readonly string[]): Promise<unknown[]> {
  const graphs: unknown[] = [];
  for (const path of paths) {
    // Unoptimised: nothing is run, and the trial that follows loads the graph as the server will.
    const session = await InferenceSession.create(path, { graphOptimizationLevel: 'disabled' });
    graphs.push({ inputs: session.inputMetadata, outputs: session.outputMetadata });
    await session.release();
  }
  return graphs;
}
