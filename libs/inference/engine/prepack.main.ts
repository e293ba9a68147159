import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { graphTensor } from '../models/manifest.js';
import { prepackedFile } from '../prepacked/prepacked-place.js';
import { PrepackAttempt } from './prepack-attempt.js';
import { DifferentCopyError, prepackGraph, type PrepackOrder } from './prepack-graph.js';
import { reasonOf } from './runner.js';

/**
 * A child process that prepacks graphs, one after the other: one that crashes onnxruntime takes no server along. It tells
 * which graph it begins, and what went wrong.
 */
const orders = z.object({
  /** What is not begun by then is left for the next start, milliseconds. */
  timeLeftMs: z.number(),
  graphs: z.array(z.object({ graph: z.string(), inputs: z.array(graphTensor), directory: z.string() })),
});

let current: PrepackAttempt | undefined;

process.once('message', (message) => {
  const { timeLeftMs, graphs } = orders.parse(message);
  void prepackAll(graphs, Date.now() + timeLeftMs).then(() => process.exit(0));
});
// Told to end, or left alone: not the graph's doing.
for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.on(signal, leave);

function leave(): void {
  current?.end();
  process.exit(0);
}

async function prepackAll(graphs: readonly PrepackOrder[], untilMs: number): Promise<void> {
  for (const order of graphs) {
    await tell({ graph: order.graph });
    const problem =
      Date.now() > untilMs
        ? 'left for the next start'
        : await prepack(order, untilMs).catch((error: unknown) => reasonOf(error));
    if (problem !== undefined) await tell({ graph: order.graph, problem });
  }
}

function tell(message: { graph: string; problem?: string }): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

/** @returns why there is no copy */
async function prepack(order: PrepackOrder, untilMs: number): Promise<string | undefined> {
  const attempt = await PrepackAttempt.begin(order.directory, untilMs);
  if (!(attempt instanceof PrepackAttempt)) return attempt;
  current = attempt;
  try {
    if (!existsSync(join(order.directory, prepackedFile))) await prepackGraph(order);
  } catch (error) {
    // It would answer differently again.
    if (error instanceof DifferentCopyError) current = undefined;
    throw error;
  } finally {
    current?.end();
    current = undefined;
  }
  return undefined;
}
