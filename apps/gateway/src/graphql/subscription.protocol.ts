import type { IncomingMessage } from 'node:http';
import {
  GraphQLError,
  OperationTypeNode,
  parse,
  specifiedRules,
  validate,
  type ExecutionArgs,
  type GraphQLSchema,
} from 'graphql';
import { CloseCode, makeServer, type Context, type Server, type SubscribePayload } from 'graphql-ws';
import { newRequestId, type AuthenticateKey, type ShownKey } from '#core';
import { AppError, type Principal } from '#kernel';
import {
  documentLimits,
  documentRule,
  formatGraphqlError,
  fromGraphqlError,
  operationRule,
} from '#transport';
import { socketClientAddress, type ProxyTrust } from '../admission/client-address.js';
import { bearerKey } from '../admission/key.guard.js';
import type { JobContext } from './graphql.context.js';

export interface ProtocolOptions {
  schema: GraphQLSchema;
  authenticate: AuthenticateKey;
  trustProxy: ProxyTrust;
}

const initTimeoutMs = 10_000;
const rules = [...specifiedRules, documentRule, operationRule([OperationTypeNode.SUBSCRIPTION])];

/** What one socket carries: the key it showed, and what ends its subscriptions. */
export interface SocketState {
  request: IncomingMessage;
  shown: ShownKey | undefined;
  principal: Principal | undefined;
  operations: Map<string, AbortController>;
  close: (code: number, reason: string) => void;
}
type SocketContext = Context<Record<string, unknown> | undefined, SocketState>;

/**
 * The protocol graphql-transport-ws over one schema, subscriptions only. The key comes in the upgrade request's
 * `Authorization` header or, as browsers cannot send one, in `connection_init`: `{"authorization": "Bearer …"}`.
 */
export function subscriptionProtocol({
  schema,
  authenticate,
  trustProxy,
}: ProtocolOptions): Server<SocketState> {
  return makeServer<Record<string, unknown> | undefined, SocketState>({
    connectionInitWaitTimeout: initTimeoutMs,
    onConnect: async ({ connectionParams, extra }) => {
      const given = connectionParams?.['authorization'];
      const header = typeof given === 'string' ? given : extra.request.headers.authorization;
      extra.shown = {
        text: bearerKey(header),
        address: socketClientAddress(extra.request, trustProxy),
        origin: extra.request.headers.origin,
      };
      extra.principal = await authenticate.execute(extra.shown).catch(() => undefined);
      // The protocol's own close code, 4403, whatever is wrong with the key.
      return extra.principal !== undefined;
    },
    onSubscribe: (context, id, payload) => prepare(schema, context, id, payload),
    onNext: async ({ extra }, _, __, { contextValue }, result) => {
      // A key that was revoked meanwhile gets nothing more; looked up at most once a second.
      if (extra.shown !== undefined) await authenticate.execute(extra.shown).catch(refuse(extra));
      const { data = null, errors } = result;
      return errors === undefined ? { data } : { data, errors: format(errors, requestIdOf(contextValue)) };
    },
    onError: (_, __, ___, errors) => format(errors, newRequestId()),
    onComplete: ({ extra }, id) => end(extra, id),
    onClose: ({ extra }) => {
      for (const id of [...extra.operations.keys()]) end(extra, id);
    },
  });
}

function prepare(
  schema: GraphQLSchema,
  { extra }: SocketContext,
  id: string,
  { query, variables, operationName }: SubscribePayload,
): ExecutionArgs | GraphQLError[] {
  const { principal } = extra;
  if (principal === undefined) return [wrap(new AppError('auth.missing_key'))];
  const { length, tokens } = documentLimits;
  if (query.length > length.value) {
    const limit = { name: 'graphql.length', value: length.value, unit: length.unit };
    return [wrap(new AppError('graphql.too_complex', { detail: length.description, limit }))];
  }
  try {
    const document = parse(query, { maxLexicalTokens: tokens.value });
    const faults = validate(schema, document, rules);
    if (faults.length > 0) return [...faults];
    const ended = new AbortController();
    extra.operations.set(id, ended);
    const contextValue: JobContext = { principal, requestId: newRequestId(), signal: ended.signal };
    return { schema, document, contextValue, operationName, variableValues: variables };
  } catch (error) {
    return [error instanceof GraphQLError ? error : wrap(AppError.from(error))];
  }
}

/** Whose key has gone is told by the close code that a wrong key meets; what may pass ends one subscription alone. */
function refuse({ close }: SocketState) {
  return (error: unknown): never => {
    const refusal = AppError.from(error);
    if ([401, 403].includes(refusal.status)) close(CloseCode.Forbidden, refusal.code);
    throw refusal;
  };
}

function end({ operations }: SocketState, id: string): void {
  operations.get(id)?.abort();
  operations.delete(id);
}

function format(errors: readonly GraphQLError[], requestId: string) {
  return errors.map((error) => formatGraphqlError(fromGraphqlError(error), requestId, error));
}

function wrap(error: AppError): GraphQLError {
  return new GraphQLError(error.message, { originalError: error });
}

function requestIdOf(context: unknown): string {
  const known = typeof context === 'object' && context !== null && 'requestId' in context;
  return known ? String(context.requestId) : newRequestId();
}
