import { z } from 'zod';
import { countCharacters, defineTask, itemError, many, modelChoice, oneOrMany, text } from '#contracts';

/** A BCP-47 tag; only its primary language chooses the model, so `pt-BR` and `pt` are served alike. */
const languageTag = z
  .string()
  .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/, 'must be a BCP-47 language tag');

const input = z.object({
  text: oneOrMany(text()).describe('One text or up to 128; order is kept'),
  source: z
    .union([z.literal('auto'), languageTag])
    .default('auto')
    .meta({ override: { type: 'string', default: 'auto' } })
    .describe('BCP-47 tag of the text, or `auto` to detect it per item'),
  target: languageTag.describe('BCP-47 tag of the translation'),
  model: modelChoice().optional(),
});

const translation = z
  .object({
    text: z.string().optional().describe('absent when this item failed'),
    detectedSource: z.string().optional().describe('what `auto` found'),
    error: itemError.optional(),
  })
  .meta({ id: 'Translation' });

export const translate = defineTask({
  id: 'translate',
  summary: 'Translate one text or many; line breaks, URLs, e-mail addresses and numbers are kept',
  path: '/v1/translate',
  field: 'translate',
  input,
  output: z.object({ translations: z.array(translation) }),
  item: z.object({ text: z.string(), source: z.string(), target: z.string() }),
  itemOutput: z.object({ text: z.string(), detectedSource: z.string().optional() }),
  unit: 'characters',
  timeoutMs: 30_000,
  example: { text: 'The weather is lovely today.', source: 'en', target: 'pt' },
  split({ text, source, target }) {
    const { items, wasArray } = many(text);
    return { items: items.map((item) => ({ text: item, source, target })), partial: wasArray };
  },
  amount: ({ text }) => countCharacters(text),
  reply: (outcomes) => ({
    translations: outcomes.map((outcome) => (outcome.ok ? outcome.output : { error: outcome.error })),
  }),
});
