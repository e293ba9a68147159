import { z } from 'zod';
import { json } from './json.js';
import { itemError } from './problem.js';
import { usageAmount } from './usage.js';

/** Most inputs of a job that is submitted as one JSON body. */
export const maxJobInputs = 10_000;

/** Most inputs of a job, however it is submitted. */
export const maxUploadInputs = 1_000_000;

/** Most results of one page, and how many a page holds when the caller does not say. */
export const maxPageSize = 1_000;
export const defaultPageSize = 100;

/**
 * `queued` and `running` are open, the others final. `succeeded`: every input has an outcome, some may have failed.
 * `expired`: the tenant's retention is over, inputs and results are deleted.
 */
export const jobStatus = z
  .enum(['queued', 'running', 'succeeded', 'cancelled', 'expired'])
  .meta({ id: 'JobStatus' });
export type JobStatus = z.infer<typeof jobStatus>;

const maxCount = maxUploadInputs;
const count = () => z.int().min(0).max(maxCount);

export const jobProgress = z
  .object({
    total: count().describe('inputs'),
    succeeded: count(),
    failed: count().describe('inputs whose result is an error'),
  })
  .meta({ id: 'JobProgress' });

const time = () => z.iso.datetime().describe('RFC 3339, UTC');

/** A job as callers see it; replies add `requestId`. */
export const jobView = z
  .object({
    id: z.string(),
    task: z.string(),
    status: jobStatus,
    progress: jobProgress,
    version: z.int().min(0).max(2_147_483_647).describe('grows with every change'),
    createdAt: time(),
    startedAt: time().optional(),
    finishedAt: time().optional(),
    expiresAt: time().describe('when inputs and results are deleted'),
  })
  .meta({ id: 'Job' });
export type JobView = z.infer<typeof jobView>;

/** The body of `POST /v1/jobs` as JSON. */
export const jobRequest = z.object({
  task: z.string().min(1).max(64).describe('id of the task, such as `translate`'),
  inputs: z
    .array(json())
    .min(1)
    .max(maxJobInputs)
    .describe('each is what the body of the task’s own endpoint would be for a single item'),
  webhook: z.string().max(2_048).optional().describe('https URL that is told when the job ends'),
});

/** The query of `POST /v1/jobs` where the body is JSON lines, each an input. */
export const jobUploadQuery = jobRequest.pick({ task: true, webhook: true });

/** The outcome of one input: the task's reply, or an error. */
export const jobResult = z
  .object({
    index: z.int().min(0).max(maxCount).describe('place of the input in the job, from 0'),
    output: json().optional().describe('what the task’s own endpoint would have replied'),
    model: z.string().optional().describe('`name@revision` that answered'),
    usage: usageAmount.optional(),
    error: itemError.optional().describe('in place of the others when this input failed'),
  })
  .meta({ id: 'JobResult' });
export type JobResult = z.infer<typeof jobResult>;

export const pageQuery = z.object({
  cursor: z.string().max(128).optional().describe('`nextCursor` of the page before'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(maxPageSize)
    .default(defaultPageSize)
    .meta({ override: { type: 'integer', minimum: 1, maximum: maxPageSize, default: defaultPageSize } }),
});
export type PageQuery = z.infer<typeof pageQuery>;

/** Results in the order of the inputs. While a job is open, a page ends before the first input without an outcome. */
export const jobResults = z
  .object({
    status: jobStatus,
    results: z.array(jobResult),
    nextCursor: z.string().optional().describe('absent when there is nothing more to come'),
  })
  .meta({ id: 'JobResults' });
export type JobResults = z.infer<typeof jobResults>;

export const jobList = z
  .object({ jobs: z.array(jobView).describe('newest first'), nextCursor: z.string().optional() })
  .meta({ id: 'JobList' });
export type JobList = z.infer<typeof jobList>;
