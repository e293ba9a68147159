import type { LoadedModel } from '../engine/engine.messages.js';
import type { Graph, GraphRun } from '../engine/graph.js';
import { readOutputs } from '../engine/single-pass.runner.js';
import type { BatchSizes, BatchTensor, RowLayout } from '../engine/tensor-layout.js';
import type { GraphSpec } from '../models/manifest.js';
import { maxReplyBytes, readInfer, writeInfer } from './infer-message.js';
import type { OpenInferenceClient } from './open-inference.client.js';

/**
 * A model of a server, as a graph. Its time is that of the request, network included: so long is the engine held, and
 * nothing else of it can be seen from here.
 */
export class RemoteGraph implements Graph {
  readonly #client: OpenInferenceClient;
  readonly #path: string;
  readonly #spec: GraphSpec;
  readonly #outputs: readonly RowLayout[];
  readonly #signal: () => AbortSignal;

  /**
   * @param path of the model on its server, `/v2/models/NAME`
   * @param signal breaks off the run that begins now
   */
  constructor(client: OpenInferenceClient, model: LoadedModel, path: string, signal: () => AbortSignal) {
    const { graphs, derived } = model.manifest;
    const { main } = graphs;
    if (main === undefined) throw new Error(`${model.ref} has no main graph`);
    this.#client = client;
    this.#path = path;
    this.#spec = main;
    this.#outputs = readOutputs(main, derived);
    this.#signal = signal;
  }

  async run(feeds: Readonly<Record<string, BatchTensor>>): Promise<GraphRun> {
    const sizes = sizesOf(this.#spec, feeds);
    const startedAt = performance.now();
    const bounds = { maxBytes: maxReplyBytes(this.#outputs, sizes), signal: this.#signal() };
    const reply = await this.#client.infer(this.#path, writeInfer(feeds, this.#outputs), bounds);
    return { outputs: readInfer(reply, this.#outputs, sizes), ms: performance.now() - startedAt };
  }
}

function sizesOf({ inputs }: GraphSpec, feeds: Readonly<Record<string, BatchTensor>>): BatchSizes {
  const sizes: BatchSizes = { batch: 1, sequence: 1, past: 0 };
  for (const { name, dims } of inputs)
    for (const [place, dim] of dims.entries())
      if (typeof dim === 'string') sizes[dim] = feeds[name]?.dims[place] ?? sizes[dim];
  return sizes;
}
