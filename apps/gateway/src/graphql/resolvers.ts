import type { GraphQLResolveInfo } from 'graphql';
import { usageQuery, type TaskContract } from '#contracts';
import {
  assertScope,
  type Admission,
  type BrowseVideos,
  type EstimateRequest,
  type InferenceReply,
  type IssueInvoices,
  type ReportUsage,
  type SubmitInference,
} from '#core';
import { answerEstimate } from '../admission/read-estimate.js';
import { fieldSubmission } from './field-submission.js';
import { createInspectionResolvers, type InspectionUseCases } from './inspection.resolvers.js';
import { createJobResolvers, type JobUseCases } from './job.resolvers.js';
import { createVideoResolvers } from './video.resolvers.js';
import { withoutNulls } from './without-nulls.js';
import { invoiceArgs, limitsOf, parseInput, type GraphqlResolvers } from '#transport';
import type { CatalogueView } from '../rest/catalogue.view.js';
import type { GraphqlContext } from './graphql.context.js';

interface UseCases extends JobUseCases, InspectionUseCases {
  submit: SubmitInference;
  videos: BrowseVideos;
  report: ReportUsage;
  invoices: IssueInvoices;
  catalogue: CatalogueView;
  admission: Admission;
  estimates: EstimateRequest;
}

/** GraphQL fields over the same use cases as REST. */
export function createResolvers(useCases: UseCases): GraphqlResolvers<GraphqlContext> {
  const { submit, report, invoices, catalogue, admission, estimates } = useCases;
  return {
    ...createJobResolvers(useCases),
    ...createInspectionResolvers(useCases),
    ...createVideoResolvers(useCases.videos),
    infer: (task, args, context, info) => infer(submit, task, args, context, info),
    models: () => catalogue.models(),
    languages: () => catalogue.languages(),
    limits: async ({ principal }) => limitsOf(await admission.estimate(principal)),
    estimate: async (args, { principal, requestId }) => ({
      ...(await answerEstimate(estimates, principal, withoutNulls(args))),
      requestId,
    }),
    usage: async (args, context) => (await usagePage(report, args, context)).usage,
    usagePage: (args, context) => usagePage(report, args, context),
    async invoice(args, { principal }) {
      assertScope(principal, 'usage:read');
      return invoices.execute(principal.tenantId, parseInput(invoiceArgs, args).month);
    },
  };
}

async function usagePage(report: ReportUsage, args: unknown, { principal }: GraphqlContext) {
  assertScope(principal, 'usage:read');
  return report.execute(principal, parseInput(usageQuery, withoutNulls(args)));
}

/** One inference field. */
async function infer(
  submit: SubmitInference,
  task: TaskContract,
  args: unknown,
  context: GraphqlContext,
  info: GraphQLResolveInfo,
): Promise<InferenceReply> {
  assertScope(context.principal, task.id);
  const submission = fieldSubmission(context, info);
  const input = parseInput(task.input, withoutNulls(args));
  const { reply } = await submit.execute({ ...submission, task, input });
  return reply;
}
