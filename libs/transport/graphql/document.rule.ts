import {
  GraphQLError,
  Kind,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';
import { AppError } from '#kernel';
import { tasks } from '#tasks';
import { documentLimits } from './document.limits.js';

type Limit = 'depth' | 'aliases' | 'inferences';
type Cost = Record<Limit, number>;

const inferenceFields = new Set<string>(['inspectImage', ...tasks.map(({ field }) => field)]);
const free: Cost = { depth: 0, aliases: 0, inferences: 0 };

/**
 * Refuses operations that are too deep, alias too much or ask for too many inferences, with fragments counted as often
 * as they are spread. Each fragment is measured once, so the check is linear in the document whatever it spreads.
 * Introspection is left to graphql-js's own depth rule.
 */
export const documentRule: ValidationRule = (context) => {
  const measured = new Map<string, Cost>();
  const ofFragment = (name: string): Cost => {
    const known = measured.get(name);
    if (known !== undefined) return known;
    // A cycle meets this entry and ends; the specification's own rule refuses the document.
    measured.set(name, free);
    const fragment: FragmentDefinitionNode | null | undefined = context.getFragment(name);
    const cost = fragment == null ? free : ofSelections(fragment.selectionSet, isQuery(fragment));
    measured.set(name, cost);
    return cost;
  };
  const ofSelections = ({ selections }: SelectionSetNode, root: boolean): Cost => {
    const total = { ...free };
    for (const selection of selections) {
      const cost = selection.kind === Kind.FRAGMENT_SPREAD ? ofFragment(selection.name.value) : { ...free };
      if (selection.kind === Kind.INLINE_FRAGMENT) add(cost, ofSelections(selection.selectionSet, root));
      if (selection.kind === Kind.FIELD) {
        const introspects = selection.name.value.startsWith('__');
        if (selection.selectionSet !== undefined && !introspects) {
          add(cost, ofSelections(selection.selectionSet, false));
        }
        cost.depth += 1;
        if (selection.alias !== undefined) cost.aliases += 1;
        if (root && inferenceFields.has(selection.name.value)) cost.inferences += 1;
      }
      add(total, cost);
    }
    return total;
  };
  return {
    OperationDefinition(operation) {
      const cost = ofSelections(operation.selectionSet, true);
      for (const name of ['depth', 'aliases', 'inferences'] as const) {
        const { value, unit } = documentLimits[name];
        if (cost[name] > value) context.reportError(tooComplex(name, cost[name], value, unit));
      }
    },
  };
};

function add(total: Cost, cost: Cost): void {
  total.depth = Math.max(total.depth, cost.depth);
  total.aliases += cost.aliases;
  total.inferences += cost.inferences;
}

function isQuery({ typeCondition }: FragmentDefinitionNode): boolean {
  return typeCondition.name.value === 'Query';
}

function tooComplex(name: Limit, cost: number, value: number, unit: string): GraphQLError {
  const message = `${cost} ${unit}, at most ${value} are allowed`;
  return new GraphQLError(message, {
    originalError: new AppError('graphql.too_complex', {
      detail: message,
      limit: { name: `graphql.${name}`, value, unit },
    }),
  });
}
