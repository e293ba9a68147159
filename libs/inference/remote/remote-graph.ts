import { setTimeout as delay } from 'node:timers/promises';
import type { SpanReference } from '#kernel';
import type { LoadedModel } from '../engine/engine.messages.js';
import type { Graph, GraphRun } from '../engine/graph.js';
import { readOutputs } from '../engine/single-pass.runner.js';
import type { BatchSizes, BatchTensor, RowLayout } from '../engine/tensor-layout.js';
import type { GraphSpec } from '../models/manifest.js';
import { maxReplyBytes, readInfer, writeInfer, type InferMessage } from './infer-message.js';
import { ServerRestsError, type OpenInferenceClient } from './open-inference.client.js';
import type { RemoteServer } from './remote-server.js';

/** Longest time that a run waits for a server to have rested; one that asks for more is away. */
const maxRestMs = 60_000;
/** How often a run that waits says that it is alive. */
const signOfLifeMs = 1_000;

/** What a run hangs on, as it begins. */
export interface RemoteRun {
  /** Breaks it off. */
  signal: AbortSignal;
  /** To be called while it waits: nobody is to take it for hung. */
  alive: () => void;
}

/**
 * A model of a server, as a graph. Its time is that of the request, network included: so long is the engine held, and
 * nothing else of it can be seen from here. While the server asks to be left alone, runs wait, and none of it is billed:
 * nothing was computed, so that no row is to blame, and its deadline takes it off the list.
 */
export class RemoteGraph implements Graph {
  readonly #client: OpenInferenceClient;
  readonly #path: string;
  readonly #spec: GraphSpec;
  readonly #outputs: readonly RowLayout[];
  readonly #server: RemoteServer;
  readonly #begin: () => RemoteRun;

  /**
   * @param server what its other connections know of it, too
   * @param begin tells of the run that begins now
   */
  constructor(client: OpenInferenceClient, server: RemoteServer, model: LoadedModel, begin: () => RemoteRun) {
    const { graphs, derived } = model.manifest;
    const { main } = graphs;
    if (main === undefined) throw new Error(`${model.ref} has no main graph`);
    this.#client = client;
    this.#server = server;
    this.#path = server.pathOf(model.manifest.name);
    this.#spec = main;
    this.#outputs = readOutputs(main, derived);
    this.#begin = begin;
  }

  async run(feeds: Readonly<Record<string, BatchTensor>>, trace?: SpanReference): Promise<GraphRun> {
    const sizes = sizesOf(this.#spec, feeds);
    const run = this.#begin();
    const bounds = { maxBytes: maxReplyBytes(this.#outputs, sizes), signal: run.signal, trace };
    const message = writeInfer(feeds, this.#outputs);
    const givesUpAt = performance.now() + maxRestMs;
    for (;;) {
      await this.#untilRested(run);
      const startedAt = performance.now();
      const reply = await this.#ask(message, bounds, givesUpAt);
      const ms = performance.now() - startedAt;
      if (reply !== undefined) return { outputs: readInfer(reply, this.#outputs, sizes), ms, computeMs: ms };
    }
  }

  /** @returns undefined where the server is to be asked again once it has rested */
  #ask(
    message: InferMessage,
    bounds: Parameters<OpenInferenceClient['infer']>[2],
    givesUpAt: number,
  ): Promise<InferMessage | undefined> {
    return this.#client.infer(this.#path, message, bounds).catch((error: unknown) => {
      const restsUntil = error instanceof ServerRestsError ? performance.now() + error.restMs : Infinity;
      if (restsUntil > givesUpAt) throw error;
      this.#server.restsUntil = Math.max(this.#server.restsUntil, restsUntil);
      return undefined;
    });
  }

  async #untilRested({ signal, alive }: RemoteRun): Promise<void> {
    for (;;) {
      const leftMs = this.#server.restsUntil - performance.now();
      if (leftMs <= 0) return;
      alive();
      await delay(Math.min(leftMs, signOfLifeMs), undefined, { signal });
    }
  }
}

function sizesOf({ inputs }: GraphSpec, feeds: Readonly<Record<string, BatchTensor>>): BatchSizes {
  const sizes: BatchSizes = { batch: 1, sequence: 1, past: 0 };
  for (const { name, dims } of inputs)
    for (const [place, dim] of dims.entries())
      if (typeof dim === 'string') sizes[dim] = feeds[name]?.dims[place] ?? sizes[dim];
  return sizes;
}
