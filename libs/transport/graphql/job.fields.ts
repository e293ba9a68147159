import {
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLString,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigMap,
} from 'graphql';
import { z } from 'zod';
import { jobRequest, jobResults, pageQuery, storedText } from '#contracts';
import { jobReply, submittedJobReply } from '../views/job.views.js';
import type { ZodTypes } from './zod-types.js';

/** What answers the fields of jobs. `job` in `results` is what `job`, `cancelJob` or an update gave. */
export interface JobResolvers<Context> {
  submitJob(args: unknown, context: Context, field: string): Promise<object>;
  job(args: unknown, context: Context): Promise<object>;
  jobs(args: unknown, context: Context): Promise<object>;
  cancelJob(args: unknown, context: Context): Promise<object>;
  results(job: unknown, args: unknown, context: Context): Promise<object>;
  jobUpdated(args: unknown, context: Context): Promise<AsyncIterable<object>>;
}

/** Arguments of `job` and `cancelJob`. */
export const jobArgs = z.object({
  id: storedText(128),
});

/** Arguments of `jobUpdated`. */
export const jobUpdatedArgs = jobArgs.extend({
  afterVersion: z
    .int()
    .min(0)
    .max(2_147_483_647)
    .default(0)
    .describe('the last version that was seen: a client that comes back gets what it missed, at once'),
});

type Fields<Context> = GraphQLFieldConfigMap<unknown, Context>;

/** The fields of jobs: queries, mutations, and the subscription. */
export function jobFields<Context>(
  types: ZodTypes,
  resolvers: JobResolvers<Context> | undefined,
): { query: Fields<Context>; mutation: Fields<Context>; subscription: Fields<Context> } {
  const results: GraphQLFieldConfig<unknown, Context> = {
    type: types.output(jobResults.optional(), 'results'),
    description: 'Results so far, in the order of the inputs',
    args: types.args(pageQuery, 'results'),
    ...(resolvers && { resolve: (job, args, context) => resolvers.results(job, args, context) }),
  };
  const job = new GraphQLObjectType<unknown, Context>({
    name: 'Job',
    fields: { ...types.fields(jobReply, 'Job'), results },
  });
  const list = new GraphQLObjectType<unknown, Context>({
    name: 'JobList',
    fields: {
      jobs: { type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(job))) },
      nextCursor: { type: GraphQLString },
    },
  });
  return {
    query: {
      job: {
        type: job,
        description: 'Status and progress of a job',
        args: types.args(jobArgs, 'job'),
        ...(resolvers && { resolve: (_, args, context) => resolvers.job(args, context) }),
      },
      jobs: {
        type: list,
        description: 'The jobs of this tenant, newest first',
        args: types.args(pageQuery, 'jobs'),
        ...(resolvers && { resolve: (_, args, context) => resolvers.jobs(args, context) }),
      },
    },
    mutation: {
      submitJob: {
        type: types.output(submittedJobReply.optional(), 'submitJob'),
        description: 'Submit many inputs of one task, to be answered in the background',
        args: types.args(jobRequest, 'submitJob'),
        ...(resolvers && {
          resolve: (_, args, context, info) => resolvers.submitJob(args, context, String(info.path.key)),
        }),
      },
      cancelJob: {
        type: job,
        description: 'Cancel a job; one that has ended stays as it is',
        args: types.args(jobArgs, 'cancelJob'),
        ...(resolvers && { resolve: (_, args, context) => resolvers.cancelJob(args, context) }),
      },
    },
    subscription: {
      jobUpdated: {
        type: job,
        description: 'The job, whenever its version has grown, until it has ended',
        args: types.args(jobUpdatedArgs, 'jobUpdated'),
        ...(resolvers && {
          subscribe: (_, args, context) => resolvers.jobUpdated(args, context),
          resolve: (update) => update,
        }),
      },
    },
  };
}
