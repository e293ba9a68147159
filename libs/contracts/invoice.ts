import { z } from 'zod';
import { micros } from './price.js';
import { unit } from './usage.js';

/** A calendar month in UTC. */
export const invoiceMonth = z
  .string()
  .regex(/^2\d{3}-(0[1-9]|1[0-2])$/, 'must be a month such as 2026-11')
  .describe('a calendar month in UTC, such as 2026-11');

/** A month of the books, in which rows, or what was altered, may be of any year from 1000 to 9998: those are proved, too. */
export const bookMonth = z
  .string()
  .regex(/^(?!9999)[1-9]\d{3}-(0[1-9]|1[0-2])$/, 'must be a month such as 2026-11');

const time = () => z.iso.datetime();

/** Usage of one task, model and unit while one price was in force. */
export const invoiceLine = z
  .object({
    task: z.string(),
    model: z.string().describe('`name@revision` that answered'),
    unit,
    items: z.int().nonnegative().describe('items that were answered'),
    amount: z.int().nonnegative().describe('billed units'),
    priceId: z.string().optional().describe('absent where there was no price: free of charge'),
    priceMicros: micros().optional().describe('millionths of the currency for `perUnits` units'),
    perUnits: z.int().min(1).max(1_000_000_000).optional(),
    validFrom: time().optional().describe('since when the price was in force'),
    micros: micros().describe('amount × priceMicros ÷ perUnits, rounded to the nearest millionth, a half up'),
  })
  .meta({ id: 'InvoiceLine' });
export type InvoiceLine = z.infer<typeof invoiceLine>;

/** What a tenant owes for a month. `open`: usage may still come. `final`: it is as it was stored, and stays so. */
export const invoice = z
  .object({
    month: invoiceMonth,
    status: z.enum(['open', 'final']).meta({ id: 'InvoiceStatus' }),
    currency: z.string().describe('ISO 4217'),
    lines: z.array(invoiceLine).describe('by task, model, unit and price'),
    totalMicros: micros().describe('sum of the lines, millionths of the currency'),
    total: z.string().describe('the same as a decimal number, such as `12.345678`'),
    closedAt: time().optional().describe('when it became final'),
  })
  .meta({ id: 'Invoice' });
export type Invoice = z.infer<typeof invoice>;
