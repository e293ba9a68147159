import { AppError } from '#kernel';
import { CostModel, type ModelPolicy } from '#scheduling';
import type { LoadedModel, RunSample } from '../engine/engine.messages.js';
import { RowMeasure } from '../engine/row-measure.js';
import type { InferenceRequest } from '../inference.types.js';
import { measuredCurve } from '../models/measured-curve.js';
import type { ModelCatalogue, ModelHandle } from '../models/model-catalogue.js';
import { paddedLength } from './length-bucket.js';

interface ServedModel {
  measure: RowMeasure;
  policy: ModelPolicy;
  maxTokens: number;
  manifest: ModelHandle['manifest'];
}

/** The models of one service: how long their rows are, what they cost, how they are batched. */
export class ServedModels {
  readonly refs: ReadonlySet<string>;
  readonly #models: ReadonlyMap<string, ServedModel>;
  readonly #fitted = new Set<string>();

  constructor(catalogue: ModelCatalogue, maxBatchRows = Infinity) {
    this.#models = new Map(catalogue.list().map((model) => [model.ref, serve(model, maxBatchRows)]));
    this.refs = new Set(this.#models.keys());
  }

  /** @throws AppError `internal` for a model that is not in the catalogue. */
  policy(ref: string): ModelPolicy {
    return this.#model(ref).policy;
  }

  /** Tokens of a row. @throws AppError `text.too_long`; `internal` for a row that does not fit its model. */
  lengthOf({ model, inputs }: InferenceRequest): number {
    const { measure, maxTokens } = this.#model(model.ref);
    let length: number;
    try {
      length = measure.lengthOf(inputs);
    } catch (cause) {
      throw new AppError('internal', {}, { cause, internal: { model: model.ref } });
    }
    if (length <= maxTokens) return length;
    throw new AppError('text.too_long', { limit: { name: 'tokens', value: maxTokens, unit: 'tokens' } });
  }

  /**
   * Fits predictors to warm-up runs; once, as what has been observed since is worth more than another warm-up.
   *
   * @param variant of the engine that ran them, if it is one of this machine: manifests say what it costs elsewhere.
   */
  fit(samples: readonly RunSample[], variant: string | undefined): void {
    for (const [ref, { policy, manifest }] of this.#models) {
      const own = samples.filter((sample) => sample.ref === ref);
      if (this.#fitted.has(ref) || own.length === 0) continue;
      this.#fitted.add(ref);
      policy.cost.fit(own, measuredCurve(manifest, variant, policy.maxRows));
    }
  }

  #model(ref: string): ServedModel {
    const model = this.#models.get(ref);
    if (model === undefined) throw new AppError('internal', {}, { internal: { unknownModel: ref } });
    return model;
  }
}

function serve({ ref, manifest }: ModelHandle, maxBatchRows: number): ServedModel {
  const { graphs, runner, batching, limits } = manifest;
  const singlePass = runner === 'single-pass';
  const graph = graphs[singlePass ? 'main' : 'encoder'];
  if (graph === undefined) throw new AppError('internal', {}, { internal: { modelWithoutGraph: ref } });
  const mode = singlePass ? 'single-pass' : 'continuous';
  return {
    measure: new RowMeasure(graph),
    policy: { cost: new CostModel(), mode, maxRows: Math.min(batching.maxBatch, maxBatchRows), paddedLength },
    maxTokens: limits.maxTokens ?? Infinity,
    manifest,
  };
}

/** An engine need not warm batches that it is never given; one elsewhere may refuse them. */
export function boundRows(model: ModelHandle, maxRows = Infinity): LoadedModel {
  const { ref, directory, manifest, prepacked } = model;
  const maxBatch = Math.min(manifest.batching.maxBatch, maxRows);
  const bounded = { ...manifest, batching: { ...manifest.batching, maxBatch } };
  return {
    ref,
    directory,
    manifest: bounded,
    ...(prepacked !== undefined && { prepacked: { ...prepacked } }),
  };
}
