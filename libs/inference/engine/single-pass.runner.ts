import type { SpanReference } from '#kernel';
import { shareCompute } from '#scheduling';
import { deriveOutput } from './derive-output.js';
import type { LoadedModel, RowDone, RunSample } from './engine.messages.js';
import type { Graph, GraphRun } from './graph.js';
import { InputBatcher } from './input-batch.js';
import type { DerivedSpec, GraphSpec } from '../models/manifest.js';
import { reasonOf, type HostRow, type RunOutcome, type Runner } from './runner.js';
import { layoutOf, readRow, type RowLayout, type TensorData } from './tensor-layout.js';

interface SizedRow extends HostRow {
  readonly length: number;
}

const warmLengths = [16, 64, 128, 256];
const warmBatches = [1, 2, 8];
/** Larger runs follow from the fit; measuring them would only make the start slow. */
const maxWarmTokens = 512;

/** One graph, one run per dispatch: embeddings, readers, image classifiers. Generic over the manifest. */
export class SinglePassRunner implements Runner {
  readonly #ref: string;
  readonly #maxLength: number;
  readonly #maxRows: number;
  readonly #graph: Graph;
  readonly #inputs: InputBatcher;
  readonly #outputs: readonly RowLayout[];
  readonly #derived: DerivedSpec | undefined;
  readonly #planned: { rows: readonly HostRow[]; length: number; trace: SpanReference | undefined }[] = [];

  constructor(model: LoadedModel, graph: Graph) {
    const { graphs, limits, batching, image, derived } = model.manifest;
    const main = graphs['main'];
    if (main === undefined) throw new Error(`${model.ref} has no main graph`);
    this.#ref = model.ref;
    this.#maxLength = limits.maxTokens ?? 1;
    this.#maxRows = batching.maxBatch;
    this.#graph = graph;
    this.#inputs = new InputBatcher(main, image);
    this.#outputs = readOutputs(main, derived);
    this.#derived = derived;
  }

  get hasWork(): boolean {
    return this.#planned.length > 0;
  }

  accept(rows: readonly HostRow[], length: number, trace?: SpanReference): void {
    this.#planned.push({ rows, length, trace });
  }

  cancel(ids: ReadonlySet<number>): void {
    for (const plan of this.#planned) plan.rows = plan.rows.filter(({ id }) => !ids.has(id));
  }

  async advance(): Promise<RunOutcome> {
    const startedAt = performance.now();
    const outcome: RunOutcome = { rows: 0, length: 0, ms: 0, done: [], failed: [] };
    const plan = this.#planned.shift();
    const rows = this.#fitting(plan?.rows ?? [], outcome);
    if (rows.length === 0) return outcome;
    const length = Math.max(plan?.length ?? 1, ...rows.map((row) => row.length));
    try {
      const run = await this.#graph.run(this.#inputs.stack(rows, length), plan?.trace);
      const done = this.#slice(rows, length, startedAt, run);
      return { ...outcome, rows: rows.length, length, ms: run.ms, done };
    } catch (error) {
      const failed = rows.map(({ id }) => ({ id, reason: reasonOf(error) }));
      return { ...outcome, failed: [...outcome.failed, ...failed] };
    }
  }

  async warmUp(untilMs: number): Promise<RunSample[]> {
    const samples: RunSample[] = [];
    for (const { rows, length } of this.#warmShapes()) {
      const row = { inputs: this.#inputs.blank(length), length };
      const feeds = this.#inputs.stack(
        Array.from({ length: rows }, () => row),
        length,
      );
      for (let i = 0; i < 3 && performance.now() < untilMs; i++) {
        const { ms } = await this.#graph.run(feeds);
        // The first run of a shape allocates; it is no sample of what later ones cost.
        if (i > 0) samples.push({ ref: this.#ref, rows, length, ms });
      }
    }
    return samples;
  }

  /** Runs the largest batch there may be, once. @throws what the graph throws, such as that it takes fewer rows */
  async fill(): Promise<void> {
    const length = this.#inputs.varies ? Math.min(...warmLengths) : 1;
    const row = { inputs: this.#inputs.blank(length), length };
    const rows = Array.from({ length: this.#maxRows }, () => row);
    await this.#graph.run(this.#inputs.stack(rows, length));
  }

  #warmShapes(): { rows: number; length: number }[] {
    const lengths = this.#inputs.varies ? warmLengths.filter((length) => length <= this.#maxLength) : [1];
    return lengths
      .flatMap((length) => warmBatches.map((rows) => ({ rows, length })))
      .filter(({ rows, length }) => rows <= this.#maxRows && rows * length <= maxWarmTokens)
      .sort((a, b) => a.rows * a.length - b.rows * b.length);
  }

  /** Fails misfits, which must not take their batch with them. */
  #fitting(planned: readonly HostRow[], outcome: RunOutcome): SizedRow[] {
    const rows: SizedRow[] = [];
    for (const row of planned) {
      try {
        rows.push({ ...row, length: this.#inputs.lengthOf(row.inputs) });
      } catch (error) {
        outcome.failed.push({ id: row.id, reason: reasonOf(error) });
      }
    }
    return rows;
  }

  #slice(
    rows: readonly SizedRow[],
    batchLength: number,
    startedAt: number,
    { outputs, ms, computeMs }: GraphRun,
  ): RowDone[] {
    const shares = shareCompute(rows, batchLength, computeMs);
    const inferenceMs = performance.now() - startedAt;
    return rows.map(({ id, length, arrivedAt }, row) => ({
      id,
      outputs: this.#outputsOf(outputs, { row, batchLength, length }),
      queuedMs: startedAt - arrivedAt,
      inferenceMs,
      engineMs: ms / rows.length,
      computeMs: shares[row]?.computeMs ?? 0,
      paddingMs: shares[row]?.paddingMs ?? 0,
    }));
  }

  #outputsOf(
    outputs: ReadonlyMap<string, TensorData>,
    place: { row: number; batchLength: number; length: number },
  ): RowDone['outputs'] {
    const derived = this.#derived;
    return Object.fromEntries(
      this.#outputs.flatMap((layout) => {
        const data = outputs.get(layout.name);
        if (data === undefined) return [];
        const own = readRow(layout, data, place);
        return derived === undefined
          ? [[layout.name, own]]
          : [[derived.to, deriveOutput(own, derived, place.length)]];
      }),
    );
  }
}

/** The outputs that answers are made of: all, or the one that the answer is derived from. */
export function readOutputs({ outputs }: GraphSpec, derived: DerivedSpec | undefined): RowLayout[] {
  return outputs.filter(({ name }) => derived === undefined || name === derived.from).map(layoutOf);
}
