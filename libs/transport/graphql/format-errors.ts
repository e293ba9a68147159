import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { AppError } from '#kernel';
import { documentLimits } from './document.limits.js';
import { shorten } from '../problem/shorten.js';
import { toProblem } from '../problem/to-problem.js';

/** graphql-js tells its token limit from other syntax errors by this text only. */
const tokenLimitMessage = /^Syntax Error: Document contains more th\w+ \d+ tokens/;

/** Where in a variable a value is wrong, which graphql-js tells by this text only. */
const variablePath =
  /^Variable "\$(\w+)" got invalid value [^]* at "(\1[^"]*)"; |^Variable "\$(\w+)" got invalid value /;

/** graphql-js quotes values and names whole, and a value may be as long as a body. */
const maxMessageLength = 500;

/** The error behind a GraphQL error: a resolver's own, or what graphql-js found wrong with the document. */
export function fromGraphqlError(error: GraphQLError): AppError {
  const { originalError, message } = error;
  if (originalError != null && originalError !== error) {
    if (!(originalError instanceof GraphQLError)) return AppError.from(originalError);
    const found = fromGraphqlError(originalError);
    const [, , inside, whole] = variablePath.exec(message) ?? [];
    const path = inside ?? whole;
    return found.code === 'graphql.invalid' && path !== undefined
      ? invalidVariable(path, originalError.message)
      : found;
  }
  // With a path it was raised while a reply was completed: our reply broke our own schema.
  if (error.path !== undefined) return new AppError('internal', {}, { cause: error });
  if (tokenLimitMessage.test(message)) {
    const { value, unit, description } = documentLimits.tokens;
    const limit = { name: 'graphql.tokens', value, unit };
    return new AppError('graphql.too_complex', { detail: description, limit });
  }
  return new AppError('graphql.invalid', { detail: shorten(message, maxMessageLength) });
}

function invalidVariable(foundAt: string, found: string): AppError {
  const path = shorten(foundAt, maxMessageLength);
  const message = shorten(found, maxMessageLength);
  return new AppError('graphql.invalid', { detail: `${path}: ${message}`, issues: [{ path, message }] });
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
