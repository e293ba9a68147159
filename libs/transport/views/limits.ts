import { maxImageBytes, maxItems, maxTextLength } from '#contracts';
import { tasks } from '#tasks';
import { documentLimits } from '../graphql/document.limits.js';
import type { LimitList } from './catalogue.views.js';

/** Largest JSON body: 128 items of text in any script. */
export const maxBodyBytes = 2 * 1024 * 1024;
/** Largest body where a file may be sent: 10 MiB as base64, and room for the rest. */
export const maxFileBodyBytes = 16 * 1024 * 1024;
/** Largest request head: request line and headers. */
export const maxHeadBytes = 16 * 1024;

/** What a caller must keep to, as data: the same numbers that the surfaces enforce. */
export const limits: LimitList = {
  limits: [
    { name: 'body', value: maxBodyBytes, unit: 'bytes', description: 'Largest request body' },
    {
      name: 'body.file',
      value: maxFileBodyBytes,
      unit: 'bytes',
      description: 'Largest request body of tasks that take a file, and of GraphQL',
    },
    { name: 'head', value: maxHeadBytes, unit: 'bytes', description: 'Request line and headers together' },
    { name: 'text', value: maxTextLength, unit: 'UTF-16 code units', description: 'Longest text of an item' },
    { name: 'items', value: maxItems, unit: 'items', description: 'Most items of one request' },
    { name: 'image', value: maxImageBytes, unit: 'bytes', description: 'Largest image file' },
    ...tasks.map(({ id, timeoutMs }) => ({
      name: `deadline.${id}`,
      value: timeoutMs,
      unit: 'ms',
      description: 'Longest time a request may take; X-Deadline-Ms may shorten it',
    })),
    ...Object.entries(documentLimits).map(([name, { value, unit, description }]) => ({
      name: `graphql.${name}`,
      value,
      unit,
      description,
    })),
  ],
};
