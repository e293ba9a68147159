import { z } from 'zod';
import { countCharacters, defineTask, many, modelChoice, oneOrMany, text } from '#contracts';

/** Most text of one request, all contexts together: about 250 windows, a few seconds of one core. */
const maxContextLength = 131_072;
const maxContexts = 32;

const context = oneOrMany(text(65_536), maxContexts)
  .refine((value) => many(value).items.reduce((sum, { length }) => sum + length, 0) <= maxContextLength, {
    error: `must hold at most ${maxContextLength} UTF-16 code units in all`,
  })
  .meta({ oneOrMany: true })
  .describe('The text or texts to find the answer in; long ones are read by windows');

const input = z.object({
  question: text(1_024),
  context,
  topK: z
    .int()
    .min(1)
    .max(20)
    .default(1)
    .describe('Most answers to give; they do not overlap, and none is hopeless beside the best'),
  model: modelChoice().optional(),
});

const foundAnswer = z
  .object({
    text: z.string(),
    score: z.number().min(0).max(1),
    contextIndex: z
      .int()
      .min(0)
      .max(maxContexts - 1),
    start: z.int().min(0).max(maxContextLength).describe('UTF-16 code units into the given context'),
    end: z.int().min(0).max(maxContextLength).describe('exclusive'),
  })
  .meta({ id: 'FoundAnswer' });

const output = z.object({
  answers: z.array(foundAnswer).describe('best first'),
  noAnswerScore: z.number().min(0).max(1).describe('calibrated probability that the texts hold no answer'),
});

export const answer = defineTask({
  id: 'answer',
  summary: 'Answer a question by the passage of your text that answers it',
  path: '/v1/answer',
  field: 'answer',
  input,
  output,
  item: z.object({ question: z.string(), contexts: z.array(z.string()).min(1), topK: z.int() }),
  itemOutput: output,
  unit: 'characters',
  timeoutMs: 30_000,
  example: {
    question: 'How long does a refund take?',
    context: 'You can return any order within 30 days of delivery. Refunds take three to five working days.',
  },
  split: ({ question, context, topK }) => ({
    items: [{ question, contexts: many(context).items, topK }],
    partial: false,
  }),
  amount: ({ question, contexts }) =>
    contexts.reduce((sum, context) => sum + countCharacters(context), countCharacters(question)),
  reply([outcome]) {
    return outcome?.ok ? outcome.output : { answers: [], noAnswerScore: 1 };
  },
});
