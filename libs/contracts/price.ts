import { z } from 'zod';

/** Most money of one number, in millionths: 2^53 - 1, which JSON and JavaScript hold without loss. */
export const maxMicros = Number.MAX_SAFE_INTEGER;

/** Money: a whole number of millionths of a currency. Never a fraction, so never rounded by a float. */
export const micros = () => z.int().min(0).max(maxMicros);

const instant = () =>
  z.iso.datetime().refine((text) => text.startsWith('2'), 'must be a moment of the years 2000 to 2999');

export const taskId = () =>
  z
    .string()
    .max(64)
    .regex(/^[a-z][a-z0-9-]*$/, 'must be the id of a task');

/** As schemas show it: few readers of them know NUL as `\0`. */
const modelName = new RegExp(String.raw`^[^@\s\x00]+$`);

/** What an operator sends to set a price. */
export const newPrice = z
  .object({
    task: taskId().describe('id of a task, such as `translate`'),
    model: z
      .string()
      .min(1)
      .max(128)
      .regex(modelName, 'must be the name of a model without its revision')
      .optional()
      .describe(
        'only for this model, whatever its revision; left out, for every model without its own price',
      ),
    priceMicros: micros().describe('millionths of the currency for `perUnits` billed units'),
    perUnits: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .default(1_000_000)
      .describe('billed units that the price is for'),
    validFrom: instant()
      .optional()
      .describe('from when, RFC 3339, UTC; left out, from now. Never in the past'),
  })
  .meta({ id: 'NewPrice' });
export type NewPrice = z.infer<typeof newPrice>;

/** One line of the price list. */
export const priceView = z
  .object({
    id: z.string(),
    task: z.string(),
    model: z.string().optional().describe('absent: every model without a price of its own'),
    priceMicros: micros().describe('millionths of the currency for `perUnits` billed units'),
    perUnits: z.int().min(1).max(1_000_000_000),
    currency: z.string().describe('ISO 4217'),
    validFrom: z.iso.datetime(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Price' });
export type PriceView = z.infer<typeof priceView>;

export const priceList = z
  .object({ prices: z.array(priceView).describe('by task and model, oldest first') })
  .meta({ id: 'PriceList' });
