import { z } from 'zod';
import {
  countCharacters,
  defineTask,
  itemError,
  many,
  maxItems,
  modelChoice,
  oneOrMany,
  text,
} from '#contracts';

const input = z.object({
  text: oneOrMany(text()).describe('One text or up to 128; order is kept'),
  truncate: z
    .boolean()
    .default(false)
    .describe('Embed the beginning of a text that is too long for the model instead of refusing it'),
  model: modelChoice().optional(),
});

const failedItem = itemError
  .extend({
    index: z
      .int()
      .min(0)
      .max(maxItems - 1),
  })
  .meta({ id: 'FailedItem' });

export const embed = defineTask({
  id: 'embed',
  summary: 'Turn sentences into vectors whose cosine measures likeness of meaning',
  path: '/v1/embed',
  field: 'embed',
  input,
  output: z.object({
    embeddings: z
      .array(z.array(z.number()).nullable())
      .describe('One unit vector per text, in order; null where the item failed'),
    errors: z.array(failedItem).optional(),
  }),
  item: z.object({ text: z.string(), truncate: z.boolean() }),
  itemOutput: z.object({ embedding: z.array(z.number()) }),
  unit: 'characters',
  timeoutMs: 10_000,
  example: { text: ['The cat sat on the mat.', 'A feline rested on the rug.'] },
  split({ text, truncate }) {
    const { items, wasArray } = many(text);
    return { items: items.map((item) => ({ text: item, truncate })), partial: wasArray };
  },
  amount: ({ text }) => countCharacters(text),
  reply(outcomes) {
    const errors = outcomes.flatMap((outcome, index) => (outcome.ok ? [] : [{ index, ...outcome.error }]));
    const embeddings = outcomes.map((outcome) => (outcome.ok ? outcome.output.embedding : null));
    return errors.length > 0 ? { embeddings, errors } : { embeddings };
  },
});
