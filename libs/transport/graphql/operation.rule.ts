import { GraphQLError, OperationTypeNode, type ValidationRule } from 'graphql';

/** Refuses operations that another transport is there for: subscriptions go over the web socket, all others over POST. */
export function operationRule(allowed: readonly OperationTypeNode[]): ValidationRule {
  return (context) => ({
    OperationDefinition(node) {
      if (allowed.includes(node.operation)) return;
      const message =
        node.operation === OperationTypeNode.SUBSCRIPTION
          ? 'Subscriptions are served over graphql-transport-ws at the same address'
          : `A ${node.operation} is served over POST at the same address`;
      context.reportError(new GraphQLError(message, { nodes: node }));
    },
  });
}
