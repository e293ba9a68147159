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
    return { output: { embedding: Array.from(embedding ?? []) }, model: model.ref };
  };
});

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
