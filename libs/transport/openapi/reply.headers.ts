import { z } from 'zod';
import { headerLengthField } from '#kernel';

/** Of every reply, good or bad. */
const anyReply = {
  'X-Request-Id': z.string().describe('Names this request in logs and usage'),
  'RateLimit-Policy': z.string().optional().describe('The limits of the tenant, where it has any'),
  RateLimit: z.string().optional().describe('What is left of them, and when there is more'),
  'X-Quota-Warning': z.string().optional().describe('Limits past their soft threshold'),
};

const good = {
  'Server-Timing': z.string().optional().describe('queue, batch, encode, inference, decode in milliseconds'),
};
const refused = { 'Retry-After': z.string().optional().describe('Seconds to wait before the next try') };
const paged = { Link: z.string().optional().describe('The next page of CSV, as `rel="next"`') };

export const goodReplyHeaders = z.object({ ...anyReply, ...good });
export const pagedReplyHeaders = goodReplyHeaders.extend(paged);
export const refusalHeaders = z.object({ ...anyReply, ...refused });

/** What a page of another origin needs leave to read: all of the above, and where the JSON of a binary reply ends. */
export const readableHeaders: readonly string[] = [
  ...Object.keys({ ...anyReply, ...good, ...refused, ...paged }),
  headerLengthField,
];
