import { z } from 'zod';
import { graphTensor } from '../models/manifest.js';
import { prepackGraph } from './prepack-graph.js';
import { reasonOf } from './runner.js';

/** A child process that prepacks graphs, one after the other: one that crashes onnxruntime takes no server along. */
const orders = z.array(
  z.object({ graph: z.string(), inputs: z.array(graphTensor), directory: z.string(), family: z.string() }),
);

process.on('message', (message) => {
  void prepackAll(orders.parse(message)).then((problems) => {
    process.send?.({ problems }, () => process.exit(0));
  });
});
process.on('disconnect', () => process.exit(0));

async function prepackAll(given: z.infer<typeof orders>): Promise<string[]> {
  const problems: string[] = [];
  for (const order of given)
    await prepackGraph(order).catch((error: unknown) => {
      problems.push(`${order.graph}: ${reasonOf(error)}`);
    });
  return problems;
}
