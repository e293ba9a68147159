import { z } from 'zod';
import { pageQuery } from '#contracts';
import {
  assertScope,
  newRequestId,
  toJobView,
  type BrowseJobs,
  type Job,
  type SubmitJob,
  type WatchJobs,
  type WebhookSender,
} from '#core';
import { jobArgs, jobUpdatedArgs, parseInput, type GraphqlResolvers } from '#transport';
import { noteStandings } from '../admission/limit.headers.js';
import { readJobBody } from '../jobs/read-job-request.js';
import type { GraphqlContext, JobContext } from './graphql.context.js';
import { withoutNulls } from './without-nulls.js';

export interface JobUseCases {
  submitJob: SubmitJob;
  browse: BrowseJobs;
  watch: WatchJobs;
  webhooks: WebhookSender;
}

type JobFields = 'submitJob' | 'job' | 'jobs' | 'cancelJob' | 'results' | 'jobUpdated';

/** A job that a field gave; its results are a field of their own. */
const parent = z.object({ id: z.string() });

/** The fields of jobs, over the same use cases as REST. */
export function createJobResolvers({
  submitJob,
  browse,
  watch,
  webhooks,
}: JobUseCases): Pick<GraphqlResolvers<GraphqlContext>, JobFields> {
  return {
    /** Further submissions of one operation have request ids of their own, as a job is named after its request. */
    async submitJob(args, context, field) {
      assertScope(context.principal, 'jobs:write');
      context.submissions += 1;
      const { principal, request, requestId, submissions, options } = context;
      const { idempotencyKey } = options;
      return submitJob.execute({
        ...(await readJobBody(withoutNulls(args), webhooks)),
        principal,
        trace: request.span?.carrier ?? {},
        onStandings: noteStandings(request),
        requestId: submissions === 1 ? requestId : newRequestId(),
        ...(idempotencyKey !== undefined && { idempotencyKey: `${idempotencyKey} ${field}` }),
      });
    },
    async job(args, { principal, requestId }: JobContext) {
      assertScope(principal, 'jobs:read');
      const { id } = parseInput(jobArgs, args);
      return shown(await browse.find(principal.tenantId, id), requestId);
    },
    async jobs(args, { principal, requestId }: JobContext) {
      assertScope(principal, 'jobs:read');
      const list = await browse.list(principal.tenantId, parseInput(pageQuery, withoutNulls(args)));
      return { ...list, jobs: list.jobs.map((job) => ({ ...job, requestId })) };
    },
    async cancelJob(args, { principal, requestId }: JobContext) {
      assertScope(principal, 'jobs:write');
      const { id } = parseInput(jobArgs, args);
      return shown(await browse.cancel(principal.tenantId, id), requestId);
    },
    async results(job, args, { principal }: JobContext) {
      assertScope(principal, 'jobs:read');
      const { id } = parent.parse(job);
      return browse.results(principal.tenantId, id, parseInput(pageQuery, withoutNulls(args)));
    },
    async jobUpdated(args, { principal, requestId, signal }: JobContext) {
      assertScope(principal, 'jobs:read');
      const { id, afterVersion } = parseInput(jobUpdatedArgs, withoutNulls(args));
      return updates(await watch.watch(principal.tenantId, id, afterVersion, signal), requestId);
    },
  };
}

async function* updates(jobs: AsyncGenerator<Job>, requestId: string): AsyncGenerator<object> {
  for await (const job of jobs) yield shown(job, requestId);
}

function shown(job: Job, requestId: string): object {
  return { ...toJobView(job), requestId };
}
