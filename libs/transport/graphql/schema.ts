import {
  GraphQLList,
  GraphQLObjectType,
  GraphQLSchema,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigMap,
  type GraphQLResolveInfo,
} from 'graphql';
import { z } from 'zod';
import { type TaskContract, estimateQuery, invoice, usageAmount, usageQuery, usageReport } from '#contracts';
import { tasks as registry } from '#tasks';
import { languageList, limitList, modelList } from '../views/catalogue.views.js';
import { estimateReply } from '../views/estimate.view.js';
import { invoiceArgs } from '../views/invoice.views.js';
import { fieldOf } from '../zod-shape.js';
import { inspectionFields, type InspectionResolvers } from './inspection.fields.js';
import { jobFields, type JobResolvers } from './job.fields.js';
import { videoFields, type VideoResolvers } from './video.fields.js';
import { ZodTypes } from './zod-types.js';

/** What answers the fields; without them the schema can be printed but not run. */
export interface GraphqlResolvers<Context>
  extends JobResolvers<Context>, InspectionResolvers<Context>, VideoResolvers<Context> {
  infer(task: TaskContract, args: unknown, context: Context, info: GraphQLResolveInfo): Promise<object>;
  models(context: Context): unknown;
  languages(context: Context): unknown;
  limits(context: Context): unknown;
  usage(args: unknown, context: Context): unknown;
  estimate(args: unknown, context: Context): Promise<object>;
  usagePage(args: unknown, context: Context): unknown;
  invoice(args: unknown, context: Context): unknown;
}

/** What every inference result carries beside the task's output. */
const resultEnvelope = z.object({
  requestId: z.string(),
  model: z.string().describe('`name@revision` that answered'),
  usage: usageAmount,
});

/**
 * The GraphQL schema of the product, from the contracts: one query field per task, the catalogue queries, and jobs.
 * Inference fields are queries because mutations run one after another, and fields that do not run side by side
 * cannot share a batch. They are nullable, so that one failed field leaves the others their data.
 * @throws Error when a contract leaves the checked subset of zod
 */
export function buildGraphqlSchema<Context>(
  resolvers?: GraphqlResolvers<Context>,
  tasks: readonly TaskContract[] = registry,
): GraphQLSchema {
  const types = new ZodTypes();
  const fields: GraphQLFieldConfigMap<unknown, Context> = {};
  for (const task of tasks) fields[task.field] = inferenceField(types, task, resolvers);
  const listField = (
    name: 'models' | 'languages' | 'limits' | 'usage',
    view: z.ZodObject,
    description: string,
  ): GraphQLFieldConfig<unknown, Context> => ({
    type: listType(types, view, name),
    description,
    ...(resolvers !== undefined &&
      name !== 'usage' && { resolve: (_, __, context) => resolvers[name](context) }),
  });
  fields['models'] = listField('models', modelList, 'The models that serve');
  fields['languages'] = listField('languages', languageList, 'The language pairs that translate serves');
  fields['limits'] = listField(
    'limits',
    limitList,
    'What a request must keep to, and what is left of the limits of this tenant',
  );
  fields['usage'] = {
    ...listField('usage', usageReport, 'What this tenant used, by hour, day or month; its first page'),
    args: types.args(usageQuery, 'usage'),
    ...(resolvers !== undefined && { resolve: (_, args, context) => resolvers.usage(args, context) }),
  };
  fields['estimate'] = {
    type: types.output(estimateReply.optional(), 'estimate'),
    description: 'What a request would cost, and whether it would be admitted now; takes nothing',
    args: types.args(estimateQuery, 'estimate'),
    ...(resolvers !== undefined && { resolve: (_, args, context) => resolvers.estimate(args, context) }),
  };
  fields['usagePage'] = {
    type: types.output(usageReport.optional(), 'usagePage'),
    description: 'The same page by page',
    args: types.args(usageQuery, 'usage'),
    ...(resolvers !== undefined && { resolve: (_, args, context) => resolvers.usagePage(args, context) }),
  };
  fields['invoice'] = {
    type: types.output(invoice.optional(), 'invoice'),
    description: 'What this tenant owes for a calendar month in UTC',
    args: types.args(invoiceArgs, 'invoice'),
    ...(resolvers !== undefined && { resolve: (_, args, context) => resolvers.invoice(args, context) }),
  };
  const { query, mutation, subscription } = jobFields(types, resolvers);
  const inspections = inspectionFields(types, resolvers);
  const videos = videoFields(types, resolvers);
  const queries = { ...fields, ...inspections.query, ...query, ...videos };
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: queries }),
    mutation: new GraphQLObjectType({ name: 'Mutation', fields: { ...inspections.mutation, ...mutation } }),
    subscription: new GraphQLObjectType({ name: 'Subscription', fields: subscription }),
  });
}

function inferenceField<Context>(
  types: ZodTypes,
  task: TaskContract,
  resolvers: GraphqlResolvers<Context> | undefined,
): GraphQLFieldConfig<unknown, Context> {
  const name = `${task.field.charAt(0).toUpperCase()}${task.field.slice(1)}Result`;
  const fields = { ...types.fields(task.output, name), ...types.fields(resultEnvelope, name) };
  return {
    type: new GraphQLObjectType({ name, fields }),
    description: task.summary,
    args: types.args(task.input, task.field),
    ...(resolvers !== undefined && {
      resolve: (_, args, context, info) => resolvers.infer(task, args, context, info),
    }),
  };
}

/** REST wraps a list in an object, so that it can grow; GraphQL fields are lists themselves. */
function listType(types: ZodTypes, view: z.ZodObject, name: string) {
  const list = fieldOf(view, name);
  if (!(list instanceof z.core.$ZodArray)) throw new Error(`${name} is not a list`);
  return new GraphQLList(types.output(list._zod.def.element, name));
}
