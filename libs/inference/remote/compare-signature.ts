import type { GraphSpec, TensorSpec } from '../models/manifest.js';
import { datatypes, type ModelMetadata, type SignatureTensor } from './open-inference.messages.js';

/** Where a server's model is not the graph that a manifest describes; outputs that nobody reads may be more. */
export function compareSignature(graph: GraphSpec, { inputs, outputs }: ModelMetadata): string[] {
  const known = graph.inputs.map(({ name }) => name);
  const unknown = inputs.filter(({ name }) => !known.includes(name));
  return [
    ...graph.inputs.flatMap((spec) => differences('input', spec, inputs)),
    ...graph.outputs.flatMap((spec) => differences('output', spec, outputs)),
    ...unknown.map(({ name }) => `input ${name} is not in the manifest`),
  ];
}

function differences(side: string, spec: TensorSpec, found: readonly SignatureTensor[]): string[] {
  const tensor = found.find(({ name }) => name === spec.name);
  if (tensor === undefined) return [`${side} ${spec.name} is missing`];
  const datatype = datatypes[spec.dtype];
  const shape = spec.dims.map((dim) => (typeof dim === 'number' ? dim : -1));
  const fits =
    tensor.shape.length === shape.length &&
    tensor.shape.every((size, place) => size === -1 || size === shape[place]);
  return tensor.datatype === datatype && fits
    ? []
    : [
        `${side} ${spec.name} is ${tensor.datatype} [${tensor.shape.join(', ')}], the manifest says ${datatype} [${shape.join(', ')}]`,
      ];
}
