import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { LoadedModel, RefusedCopy } from './engine.messages.js';
import type { Graph, GraphRun } from './graph.js';
import { openGraph } from './open-graph.js';
import { reasonOf } from './runner.js';
import { prepackedOptions } from './session-options.js';
import type { BatchTensor, TensorData } from './tensor-layout.js';
import { ThreadTime } from './thread-time.js';

/** onnxruntime refuses a prepacked copy. It is a cache: the graph itself can be opened in its place. */
export class CopyRefusedError extends Error {
  override readonly name = 'CopyRefusedError';

  constructor(readonly copy: RefusedCopy) {
    super(`${copy.path}: ${copy.reason}`);
  }
}

/** Of all sessions: they run one at a time, on this thread. */
const threadTime = new ThreadTime();

/** A graph of a model, ready to run. Runs block the process: the host holds nothing that must stay awake. */
export class Session implements Graph {
  readonly #session: InferenceSession;
  readonly #onCpu: boolean;

  private constructor(session: InferenceSession, onCpu: boolean) {
    this.#session = session;
    this.#onCpu = onCpu;
  }

  /** @throws CopyRefusedError; Error when the variant or its graph is missing, or onnxruntime refuses the file. */
  static async open(model: LoadedModel, variant: string, role: string): Promise<Session> {
    const file = model.manifest.variants[variant]?.graphs[role];
    if (file === undefined) throw new Error(`${model.ref} has no ${role} graph for ${variant}`);
    const declared = model.manifest.graphs[role];
    const session =
      (await openPrepacked(model.prepacked?.[role])) ??
      (await openGraph({
        path: join(model.directory, file),
        inputs: declared?.inputs ?? [],
        provider: variant,
      }));
    checkNames(`${model.ref} ${role} inputs`, declared?.inputs, session.inputNames);
    checkNames(`${model.ref} ${role} outputs`, declared?.outputs, session.outputNames);
    return new Session(session, variant === 'cpu');
  }

  /**
   * On the CPU a run is this thread's alone, so its rows are charged this thread's processor time. By the clock they paid
   * for whatever else the core was given to meanwhile: with the core shared by three, equal photos cost 5 to 200 ms, and
   * tenants of weights 1 and 2 got anything from 1:1.8 to 1:2.9 within six seconds.
   */
  async run(feeds: Readonly<Record<string, BatchTensor>>): Promise<GraphRun> {
    const inputs = Object.fromEntries(
      Object.entries(feeds).map(([name, { dtype, data, dims }]) => [name, new Tensor(dtype, data, dims)]),
    );
    let startedAt = 0;
    // onnxruntime-node runs inside its own setImmediate, queued right behind this one: the clock starts there, and
    // the IPC channel was polled just before.
    setImmediate(() => {
      startedAt = performance.now();
    });
    const results = await this.#session.run(inputs).catch((error: unknown) => {
      // Whoever is next does not pay for it.
      threadTime.lap();
      throw error;
    });
    const ms = performance.now() - startedAt;
    const computeMs = this.#onCpu ? threadTime.lap() : ms;
    const outputs = new Map(Object.entries(results).map(([name, { data }]) => [name, asTensorData(data)]));
    return { outputs, ms, computeMs };
  }
}

async function openPrepacked(path: string | undefined): Promise<InferenceSession | undefined> {
  if (path === undefined) return undefined;
  return InferenceSession.create(path, prepackedOptions).catch(async (error: unknown) => {
    throw new CopyRefusedError({ path, reason: reasonOf(error), file: await identify(path) });
  });
}

/** Opened for it: what this process cannot open, for want of descriptors or of rights, onnxruntime did not look at. */
async function identify(path: string): Promise<RefusedCopy['file']> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { ino, mtimeMs } = await file.stat();
    return { ino, mtimeMs };
  } finally {
    await file.close();
  }
}

function checkNames(
  what: string,
  declared: readonly { name: string }[] | undefined,
  found: readonly string[],
): void {
  const names = (declared ?? []).map(({ name }) => name);
  const difference = [
    ...names.filter((name) => !found.includes(name)),
    ...found.filter((name) => !names.includes(name)),
  ];
  if (difference.length > 0)
    throw new Error(`${what}: manifest and graph disagree on ${difference.join(', ')}`);
}

function asTensorData(data: Tensor['data']): TensorData {
  if (
    data instanceof Float32Array ||
    data instanceof Int32Array ||
    data instanceof Uint8Array ||
    data instanceof Int8Array ||
    data instanceof BigInt64Array
  )
    return data;
  throw new Error(`an output has the unsupported type ${Object.prototype.toString.call(data)}`);
}
