import type { SpanReference } from '#kernel';
import { shareCompute } from '#scheduling';
import { deriveOutput } from './derive-output.js';
import type { LoadedModel, RowDone, RunSample } from './engine.messages.js';
import type { Graph, GraphRun } from './graph.js';
import { InputBatcher } from './input-batch.js';
import type { DerivedSpec, GraphSpec } from '../models/manifest.js';
import { reasonOf, type HostRow, type RunOutcome, type Runner, type WarmUpOrder } from './runner.js';
import { Sampler } from './sampler.js';
import { layoutOf, readRow, type RowLayout, type TensorData } from './tensor-layout.js';
import { aloneMs } from './thread-time.js';
import {
  curveShapes,
  fullShape,
  largestOfLengths,
  usualShapes,
  type Shape,
  type ShapeBounds,
} from './warm-shapes.js';

interface SizedRow extends HostRow {
  readonly length: number;
}

/** One graph, one run per dispatch: embeddings, readers, image classifiers. Generic over the manifest. */
export class SinglePassRunner implements Runner {
  readonly #ref: string;
  readonly #bounds: ShapeBounds;
  readonly #graph: Graph;
  readonly #hasCurve: boolean;
  readonly #inputs: InputBatcher;
  readonly #outputs: readonly RowLayout[];
  readonly #derived: DerivedSpec | undefined;
  readonly #planned: { rows: readonly HostRow[]; length: number; trace: SpanReference | undefined }[] = [];

  /** @param hasCurve whether it is known how runs of different shapes relate, so that only their scale is to be found */
  constructor(model: LoadedModel, graph: Graph, hasCurve = false) {
    const { graphs, limits, batching, image, derived } = model.manifest;
    const main = graphs['main'];
    if (main === undefined) throw new Error(`${model.ref} has no main graph`);
    this.#ref = model.ref;
    this.#graph = graph;
    this.#hasCurve = hasCurve;
    this.#inputs = new InputBatcher(main, image);
    const maxLength = this.#inputs.varies ? (limits.maxTokens ?? 1) : undefined;
    this.#bounds = { maxRows: batching.maxBatch, maxLength };
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

  /**
   * Where the curve is known, from the largest run down, which allocates for all, so that one run of each other usual shape is a
   * sample. Where it is not, the model may be so slow that few runs fit: smallest first, and all twice, as the lower one of two
   * samples counts, which has not allocated. That is run beyond any budget: it was over before every length had run where
   * others had the cores.
   */
  async warmUp({ timed, budgetMs, endsAt }: WarmUpOrder): Promise<RunSample[]> {
    const sampler = new Sampler(this.#ref, async (shape) =>
      aloneMs(await this.#graph.run(this.#blanks(shape))),
    );
    const usual = usualShapes(this.#bounds);
    if (this.#hasCurve) {
      const [, ...samples] = await sampler.sample(timed ? usual : largestOfLengths(usual), endsAt);
      return timed ? samples : [];
    }
    const smallestFirst = usual.toReversed();
    const rounds = timed ? [...smallestFirst, ...smallestFirst] : smallestFirst;
    const samples = await sampler.sample(rounds, endsAt);
    if (!timed) return [];
    const curve = curveShapes(this.#bounds);
    const budgetEndsAt = Math.min(endsAt, performance.now() + budgetMs);
    return [...samples, ...(await sampler.sample([...curve, ...curve], budgetEndsAt))];
  }

  /** Runs the largest batch there may be, once. @throws what the graph throws, such as that it takes fewer rows */
  async fill(): Promise<void> {
    await this.#graph.run(this.#blanks(fullShape(this.#bounds)));
  }

  #blanks({ rows, length }: Shape): ReturnType<InputBatcher['stack']> {
    const row = { inputs: this.#inputs.blank(length), length };
    return this.#inputs.stack(
      Array.from({ length: rows }, () => row),
      length,
    );
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
