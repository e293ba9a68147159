import { GraphQLScalarType, valueFromASTUntyped } from 'graphql';

/** Any JSON: what has a schema of its own elsewhere and belongs to no one GraphQL type. Passed on as it is. */
export const jsonScalar = new GraphQLScalarType<unknown>({
  name: 'JSON',
  description: 'Any JSON value, such as the body or the reply of a task: see the task’s own field.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});
