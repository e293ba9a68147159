import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

/** A file: base64 in a string, or bytes that the GraphQL multipart request specification put into the variable. */
export const uploadScalar = new GraphQLScalarType<unknown, never>({
  name: 'Upload',
  description:
    'A file: base64 (RFC 4648 section 4, padded) in a string, or a part of a multipart request as the GraphQL multipart request specification defines it.',
  serialize: () => {
    throw new GraphQLError('Upload is an input');
  },
  parseValue: (value) => {
    if (typeof value === 'string' || value instanceof Uint8Array) return value;
    throw new GraphQLError('Upload must be base64 in a string, or a file of a multipart request');
  },
  parseLiteral: (node) => {
    if (node.kind === Kind.STRING) return node.value;
    throw new GraphQLError('Upload must be base64 in a string', { nodes: node });
  },
});
