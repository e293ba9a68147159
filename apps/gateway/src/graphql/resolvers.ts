import type { GraphQLResolveInfo } from 'graphql';
import { usageQuery, type TaskContract } from '#contracts';
import {
  assertScope,
  type Admission,
  type EstimateRequest,
  type InferenceReply,
  type IssueInvoices,
  type ReportUsage,
  type SubmitInference,
} from '#core';
import { noteStandings } from '../admission/limit.headers.js';
import { answerEstimate } from '../admission/read-estimate.js';
import { createJobResolvers, type JobUseCases } from './job.resolvers.js';
import { withoutNulls } from './without-nulls.js';
import { invoiceArgs, limitsOf, parseInput, type GraphqlResolvers } from '#transport';
import type { CatalogueView } from '../rest/catalogue.view.js';
import type { GraphqlContext } from './graphql.context.js';

interface UseCases extends JobUseCases {
  submit: SubmitInference;
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

/**
 * One inference field. The first has the id of the HTTP request, further ones that id and a number: each is metered
 * as a request of its own. An `Idempotency-Key` counts per field, by the name the field has in the reply.
 */
async function infer(
  submit: SubmitInference,
  task: TaskContract,
  args: unknown,
  context: GraphqlContext,
  info: GraphQLResolveInfo,
): Promise<InferenceReply> {
  assertScope(context.principal, task.id);
  context.submissions += 1;
  const { request, principal, signal, options, submissions } = context;
  const { idempotencyKey, ...rest } = options;
  const { reply } = await submit.execute({
    principal,
    task,
    input: parseInput(task.input, withoutNulls(args)),
    requestId: submissions === 1 ? request.id : `${request.id}.${submissions}`,
    signal,
    onStandings: noteStandings(request),
    ...rest,
    ...request.span?.carrier,
    ...(idempotencyKey !== undefined && { idempotencyKey: `${idempotencyKey} ${String(info.path.key)}` }),
  });
  return reply;
}
