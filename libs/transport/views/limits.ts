import {
  maxImageBytes,
  maxItems,
  maxJobInputs,
  maxPageSize,
  maxTextLength,
  maxUploadInputs,
  maxVideoBytes,
  maxVideoDurationS,
  maxVideoFrames,
  maxVideoPixels,
} from '#contracts';
import { maxOpenJobs, maxWatchersPerTenant } from '#core';
import { tasks } from '#tasks';
import { documentLimits } from '../graphql/document.limits.js';
import type { LimitList } from './catalogue.views.js';

/** Largest JSON body: 128 items of text in any script. */
export const maxBodyBytes = 2 * 1024 * 1024;
/** Largest body where a file may be sent: 10 MiB as base64, and room for the rest. */
export const maxFileBodyBytes = 16 * 1024 * 1024;
/** Largest upload of JSON lines, which is never held as a whole. */
export const maxUploadBytes = 100 * 1024 * 1024;
/** Longest time an upload may take, milliseconds: 100 MiB at 1.4 Mbit/s. */
export const uploadTimeoutMs = 600_000;
/** Slowest connection that may send a large body, bytes a millisecond: an upload has the same. */
export const slowestBodyBytesPerMs = maxUploadBytes / uploadTimeoutMs;
/** Largest video, which is the body. */
export const maxVideoBodyBytes = maxVideoBytes;
/** Longest time a video may take to arrive and to be taken apart, milliseconds. */
export const videoTimeoutMs = uploadTimeoutMs + 900_000;
/** Largest request head: request line and headers. */
export const maxHeadBytes = 16 * 1024;

/** The limit that a route's body met, as problems name it. */
export function bodyLimit(bytes: number): { name: string; value: number; unit: string } {
  return { name: bytes === maxFileBodyBytes ? 'body.file' : 'body', value: bytes, unit: 'bytes' };
}

/** What a caller must keep to, as data: the same numbers that the surfaces enforce. */
export const limits: LimitList = {
  limits: [
    { name: 'body', value: maxBodyBytes, unit: 'bytes', description: 'Largest request body' },
    {
      name: 'body.file',
      value: maxFileBodyBytes,
      unit: 'bytes',
      description: 'Largest request body of tasks that take a file, of jobs as JSON, and of GraphQL',
    },
    { name: 'head', value: maxHeadBytes, unit: 'bytes', description: 'Request line and headers together' },
    { name: 'text', value: maxTextLength, unit: 'UTF-16 code units', description: 'Longest text of an item' },
    { name: 'items', value: maxItems, unit: 'items', description: 'Most items of one request' },
    { name: 'image', value: maxImageBytes, unit: 'bytes', description: 'Largest image file' },
    { name: 'jobs.open', value: maxOpenJobs, unit: 'jobs', description: 'Most jobs that have not ended' },
    { name: 'job.inputs', value: maxJobInputs, unit: 'inputs', description: 'Most inputs of a JSON body' },
    {
      name: 'job.upload',
      value: maxUploadBytes,
      unit: 'bytes',
      description: 'Largest upload of JSON lines; each line may be as large as the body of its task',
    },
    {
      name: 'job.upload.inputs',
      value: maxUploadInputs,
      unit: 'inputs',
      description: 'Most lines of an upload',
    },
    {
      name: 'job.upload.time',
      value: uploadTimeoutMs,
      unit: 'ms',
      description: 'Longest time an upload may take',
    },
    { name: 'video', value: maxVideoBytes, unit: 'bytes', description: 'Largest video file' },
    { name: 'video.duration', value: maxVideoDurationS, unit: 's', description: 'Longest video' },
    {
      name: 'video.frames',
      value: maxVideoFrames,
      unit: 'frames',
      description: 'Most frames that are looked at of a video',
    },
    {
      name: 'video.pixels',
      value: maxVideoPixels,
      unit: 'pixels',
      description: 'Largest frame of a video',
    },
    {
      name: 'subscriptions',
      value: maxWatchersPerTenant,
      unit: 'subscriptions',
      description: 'Most open subscriptions on one server',
    },
    { name: 'page', value: maxPageSize, unit: 'rows', description: 'Most rows of a page' },
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
