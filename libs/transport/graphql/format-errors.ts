import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { AppError } from '#kernel';
import { documentLimits } from './document.limits.js';
import { toProblem } from '../problem/to-problem.js';

/** graphql-js tells its token limit from other syntax errors by this text only. */
const tokenLimitMessage = /^Syntax Error: Document contains more th\w+ \d+ tokens/;

/** The error behind a GraphQL error: a resolver's own, or what graphql-js found wrong with the document. */
export function fromGraphqlError(error: GraphQLError): AppError {
  const { originalError, message } = error;
  if (originalError != null && originalError !== error) {
    return originalError instanceof GraphQLError
      ? fromGraphqlError(originalError)
      : AppError.from(originalError);
  }
  // With a path it was raised while a reply was completed: our reply broke our own schema.
  if (error.path !== undefined) return new AppError('internal', {}, { cause: error });
  if (tokenLimitMessage.test(message)) {
    const { value, unit, description } = documentLimits.tokens;
    const limit = { name: 'graphql.tokens', value, unit };
    return new AppError('graphql.too_complex', { detail: description, limit });
  }
  return new AppError('graphql.invalid', { detail: message });
}

/** An error as GraphQL shows it: `extensions` holds what the same error holds over REST. */
export function formatGraphqlError(
  error: AppError,
  requestId: string,
  at?: GraphQLError,
): GraphQLFormattedError {
  const { extensions, ...position } = at?.toJSON() ?? {};
  const problem = toProblem(error, requestId);
  return { ...position, message: problem.detail ?? problem.title, extensions: { ...problem } };
}
