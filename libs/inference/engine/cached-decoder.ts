import type { GraphSpec } from '../models/manifest.js';
import type { DecoderState } from './decoder-state.js';
import type { LoadedModel } from './engine.messages.js';
import type { Spent } from './graph.js';
import { Session } from './session.js';
import {
  allocate,
  layoutOf,
  tensorOf,
  type BatchTensor,
  type RowLayout,
  type TensorData,
} from './tensor-layout.js';

/** One of the two ways through a decoder: without caches for the first token, with them afterwards. */
interface Branch {
  readonly session: Session;
  readonly inputs: readonly RowLayout[];
  readonly useCache: boolean;
}

const pastPrefix = 'past_key_values.';
const presentPrefix = 'present.';

/**
 * A decoder exported with its key/value cache as inputs and outputs (the Optimum layout): one graph with a switch, or
 * two graphs. `past_key_values.N.{decoder,encoder}.{key,value}` go in, `present.N....` come out.
 */
export class CachedDecoder {
  readonly #first: Branch;
  readonly #next: Branch;

  private constructor(first: Branch, next: Branch) {
    this.#first = first;
    this.#next = next;
  }

  static async load(model: LoadedModel, variant: string): Promise<CachedDecoder> {
    const { graphs } = model.manifest;
    const merged = graphs['decoder'];
    if (merged !== undefined) {
      const session = await Session.open(model, variant, 'decoder');
      return new CachedDecoder(branch(session, merged, false), branch(session, merged, true));
    }
    const [first, next] = [graphs['decoderFirst'], graphs['decoderNext']];
    if (first === undefined || next === undefined) throw new Error(`${model.ref} has no decoder graph`);
    return new CachedDecoder(
      branch(await Session.open(model, variant, 'decoderFirst'), first, false),
      branch(await Session.open(model, variant, 'decoderNext'), next, true),
    );
  }

  /** One token more for every row of `state`, whose caches are replaced. @returns logits [rows, vocabulary]. */
  async step(state: DecoderState): Promise<Spent & { logits: Float32Array }> {
    const { session, inputs, useCache } = state.past === 0 ? this.#first : this.#next;
    const feeds = Object.fromEntries(inputs.map((layout) => [layout.name, feed(layout, state, useCache)]));
    const { outputs, ms, computeMs } = await session.run(feeds);
    const logits = outputs.get('logits');
    if (!(logits instanceof Float32Array)) throw new Error('the decoder gave no float32 logits');
    state.advance(newCaches(outputs, useCache));
    return { logits, ms, computeMs };
  }
}

function branch(session: Session, { inputs }: GraphSpec, useCache: boolean): Branch {
  return { session, inputs: inputs.map(layoutOf), useCache };
}

function feed(layout: RowLayout, state: DecoderState, useCache: boolean): BatchTensor {
  if (layout.dtype === 'bool') return { dtype: 'bool', data: Uint8Array.of(useCache ? 1 : 0), dims: [1] };
  if (layout.name === 'input_ids') return tensorOf(layout, state.previous, state.rows, 1);
  // Before the first token the switch is off and nothing reads the caches; they only have to exist.
  if (!useCache && layout.name.startsWith(pastPrefix))
    return tensorOf(layout, allocate(layout.dtype, 0), state.rows, 0);
  return tensorOf(layout, state.tensor(layout.name), state.rows, state.length, state.past);
}

/** Caches by the name under which they go back in. The encoder's part is made once: with caches it is a dummy. */
function newCaches(outputs: ReadonlyMap<string, TensorData>, useCache: boolean): Map<string, TensorData> {
  const caches = new Map<string, TensorData>();
  for (const [name, data] of outputs) {
    if (!name.startsWith(presentPrefix) || (useCache && !name.includes('.decoder.'))) continue;
    caches.set(pastPrefix + name.slice(presentPrefix.length), data);
  }
  return caches;
}
