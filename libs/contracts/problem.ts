import { z } from 'zod';

/** One error as every surface shows it: RFC 9457 problem details; the members past `status` are our extensions. */
export const problem = z
  .object({
    type: z.string().describe('URI reference of the section in the error catalogue'),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('catalogue code, e.g. `language.unsupported`'),
    detail: z.string().optional(),
    requestId: z.string().optional(),
    retryable: z.boolean(),
    issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    limit: z.object({ name: z.string(), value: z.number(), unit: z.string() }).optional(),
    retryAfterS: z.number().optional(),
    supported: z.array(z.string()).optional(),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof problem>;

/** What went wrong with one item of a batch; the other items are answered. */
export const itemError = z
  .object({ code: z.string(), detail: z.string(), retryable: z.boolean() })
  .meta({ id: 'ItemError' });

export type ItemError = z.infer<typeof itemError>;
