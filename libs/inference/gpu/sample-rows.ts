import type { RowInputs } from '../inference.types.js';
import type { Manifest } from '../models/manifest.js';
import type { ModelHandle } from '../models/model-catalogue.js';
import { loadTokenizer } from '../tokenizers/load-tokenizer.js';

/**
 * Rows for a model, the same every time: the given texts, or photos of noise for a model that reads images.
 * They reach the engine as a pipeline would send them.
 */
export async function sampleRows(model: ModelHandle, texts: readonly string[]): Promise<RowInputs[]> {
  const { manifest } = model;
  if (manifest.image !== undefined) return texts.map((_, seed) => noise(manifest, seed));
  const tokenizer = await loadTokenizer(model);
  const { before, after } = frame(manifest);
  const room = (manifest.limits.maxTokens ?? Infinity) - before.length - after.length;
  return texts.map((text) => {
    const ids = Int32Array.of(...before, ...tokenizer.encode(text).subarray(0, room), ...after);
    // Graphs that do not take it ignore it.
    return { input_ids: ids, token_type_ids: new Int32Array(ids.length) };
  });
}

function frame({ tokenizer, decoding }: Manifest): { before: number[]; after: number[] } {
  if (decoding !== undefined) return { before: decoding.sourcePrefixIds ?? [], after: [decoding.eosTokenId] };
  if (tokenizer === undefined || tokenizer.kind === 'unigram') return { before: [], after: [] };
  const { clsTokenId, sepTokenId } = tokenizer;
  return {
    before: clsTokenId === undefined ? [] : [clsTokenId],
    after: sepTokenId === undefined ? [] : [sepTokenId],
  };
}

/** Pixels from a linear congruential generator: no two devices may draw their own. */
function noise({ image, graphs }: Manifest, seed: number): RowInputs {
  const pixels = new Uint8Array((image?.width ?? 0) * (image?.height ?? 0) * 3);
  let state = seed + 1;
  for (let i = 0; i < pixels.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    pixels[i] = state >>> 24;
  }
  return { [graphs['main']?.inputs[0]?.name ?? 'pixels']: pixels };
}
