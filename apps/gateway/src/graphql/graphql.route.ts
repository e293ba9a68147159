import type { INestApplicationContext } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  GraphQLError,
  OperationTypeNode,
  type ExecutionResult,
  type FormattedExecutionResult,
} from 'graphql';
import mercurius from 'mercurius';
import {
  Admission,
  AuthenticateKey,
  BrowseJobs,
  BrowseVideos,
  EstimateRequest,
  InspectImage,
  IssueInvoices,
  ManageProfiles,
  ReportUsage,
  SubmitInference,
  SubmitJob,
  WatchJobs,
  WebhookSender,
} from '#core';
import { preferredMediaType } from '#kernel';
import {
  buildGraphqlSchema,
  documentLimits,
  documentRule,
  formatGraphqlError,
  fromGraphqlError,
  operationRule,
  readRequestOptions,
} from '#transport';
import type { ProxyTrust } from '../admission/client-address.js';
import { clientSignal } from '../admission/client-signal.js';
import { principalOf } from '../admission/key.guard.js';
import { Lifecycle } from '../admission/lifecycle.js';
import { worstStatus } from '../ops/worst-status.js';
import { CatalogueView } from '../rest/catalogue.view.js';
import { logError } from '../rest/problem.filter.js';
import { readGraphqlBody, type GraphqlRequest } from './graphql.body.js';
import type { GraphqlContext } from './graphql.context.js';
import { createResolvers } from './resolvers.js';
import { serveSubscriptions } from './graphql.socket.js';

/** Parsed documents kept; each may be 64 KB, so few. */
const cachedDocuments = 64;

/** graphql-js finds up to a hundred faults in a document; the first ones are enough to mend it. */
const maxErrors = 16;

/** The media type of GraphQL-over-HTTP: its replies carry statuses, those of plain JSON are 200 once well-formed. */
const graphqlJson = 'application/graphql-response+json';

/**
 * GraphQL at `POST /graphql`. mercurius caches, validates and executes; the route is ours, because its own also answers
 * GET and arrays, and takes a document as JSON syntax tree past the token limit.
 */
export async function registerGraphql(
  server: FastifyInstance,
  app: INestApplicationContext,
  trustProxy: ProxyTrust,
): Promise<void> {
  const resolvers = createResolvers({
    submit: app.get(SubmitInference),
    report: app.get(ReportUsage),
    invoices: app.get(IssueInvoices),
    admission: app.get(Admission),
    estimates: app.get(EstimateRequest),
    catalogue: app.get(CatalogueView),
    submitJob: app.get(SubmitJob),
    browse: app.get(BrowseJobs),
    watch: app.get(WatchJobs),
    webhooks: app.get(WebhookSender),
    inspections: app.get(InspectImage),
    profiles: app.get(ManageProfiles),
    videos: app.get(BrowseVideos),
  });
  const schema = buildGraphqlSchema(resolvers);
  await server.register(mercurius, {
    schema,
    routes: false,
    cache: cachedDocuments,
    validationRules: [documentRule, operationRule([OperationTypeNode.QUERY, OperationTypeNode.MUTATION])],
    graphql: { parseOptions: { maxLexicalTokens: documentLimits.tokens.value } },
    errorFormatter: ({ data, errors }, context) => {
      const { request, reply } = context;
      // No field ran: the operation itself was refused, as by a document that cannot be validated.
      const refused = data == null && !isPlain(reply);
      const response = { data: data ?? null, errors: format(errors, request) };
      return { statusCode: refused ? 400 : 200, response };
    },
  });
  server.post('/graphql', (request, reply) => answer(server, request, reply));
  serveSubscriptions(server, {
    schema,
    authenticate: app.get(AuthenticateKey),
    lifecycle: app.get(Lifecycle),
    trustProxy,
  });
}

async function answer(
  server: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<ExecutionResult | FormattedExecutionResult> {
  const body = readGraphqlBody(request.body);
  const context: GraphqlContext = {
    request,
    reply,
    principal: principalOf(request),
    signal: clientSignal(reply),
    options: readRequestOptions(request.headers, reply.elapsedTime),
    requestId: request.id,
    submissions: 0,
  };
  const plain = prefersPlainJson(request.headers.accept);
  void reply.type(`${plain ? 'application/json' : graphqlJson}; charset=utf-8`);
  try {
    return await execute(server, body, context);
  } catch (error) {
    const errors = documentErrors(error).slice(0, maxErrors);
    void reply.code(plain ? 200 : worstStatus(...errors.map((each) => fromGraphqlError(each).status)));
    return { errors: format(errors, request) };
  }
}

function execute(
  server: FastifyInstance,
  { query, variables, operationName }: GraphqlRequest,
  context: GraphqlContext,
): Promise<ExecutionResult> {
  if (isJson(query)) throw new GraphQLError('The document is JSON, not GraphQL');
  return server.graphql(query, { ...context }, variables ?? {}, operationName ?? undefined);
}

/** mercurius throws what is wrong with a document as one error that holds the list. */
function documentErrors(error: unknown): GraphQLError[] {
  if (error instanceof GraphQLError) return [error];
  if (error instanceof Error && 'errors' in error && Array.isArray(error.errors)) {
    const errors = error.errors.filter((each) => each instanceof GraphQLError);
    if (errors.length > 0) return errors;
  }
  throw error;
}

function format(errors: readonly GraphQLError[], request: FastifyRequest) {
  return errors.map((error) => {
    const found = fromGraphqlError(error);
    request.statusOfErrors = worstStatus(request.statusOfErrors, found.status);
    logError(request, found);
    return formatGraphqlError(found, request.id, error);
  });
}

/** Clients from before GraphQL-over-HTTP name application/json and not the newer type. */
function prefersPlainJson(accept: string | undefined): boolean {
  return preferredMediaType(accept, [graphqlJson, 'application/json']) === 'application/json';
}

function isPlain(reply: FastifyReply): boolean {
  return String(reply.getHeader('content-type')).startsWith('application/json');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
