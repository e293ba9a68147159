import { loadEncoderTokenizer, type Tokenizer } from '#inference';
import { AppError } from '#kernel';
import { preferredModel } from '../preferred-model.js';
import { definePipeline } from '../pipeline.js';
import { embed } from './contract.js';

export const embedPipeline = definePipeline(embed, async (models) => {
  const model = preferredModel(models, 'embed');
  const { tokenizer, clsTokenId, sepTokenId } = await loadEncoderTokenizer(model);
  const maxTokens = model.manifest.limits.maxTokens ?? 256;
  return async ({ text, truncate }, run) => {
    const ids = encode(tokenizer, text, { maxTokens: maxTokens - 2, truncate });
    const { embedding } = await run.infer(model, {
      input_ids: Int32Array.of(clsTokenId, ...ids, sepTokenId),
    });
    return { output: { embedding: listOf(embedding ?? []) }, model: model.ref };
  };
});

/**
 * Numbers of a unit vector keep this many decimals: half of the last is what float32 holds at 0.1, a hundredth of what
 * eight bits of weights are worth. All digits of a double made a reply twice as long, 8.0 KB where it is 4.4 now, and
 * half as long again to write; between machines it is written and read twice more.
 */
const decimals = 1e8;

/**
 * `Array.from` goes through an iterator: 384 numbers took 8 µs and 26 KB of garbage, of 164 KB that a request makes.
 * What rounds to -0 is 0: JSON has no other, and binary tensors must say the same.
 */
function listOf(numbers: ArrayLike<number>): number[] {
  const list = new Array<number>(numbers.length);
  for (let i = 0; i < list.length; i++) list[i] = Math.round((numbers[i] ?? 0) * decimals) / decimals + 0;
  return list;
}

function encode(
  tokenizer: Tokenizer,
  text: string,
  { maxTokens, truncate }: { maxTokens: number; truncate: boolean },
): Int32Array {
  const ids = tokenizer.encode(text);
  if (ids.length <= maxTokens) return ids;
  if (truncate) return ids.subarray(0, maxTokens);
  throw new AppError('text.too_long', {
    detail: `The text has ${ids.length} tokens; send shorter pieces, or set \`truncate\``,
    limit: { name: 'tokens', value: maxTokens, unit: 'tokens' },
  });
}
