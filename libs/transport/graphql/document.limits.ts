/** Bounds of one GraphQL document; every surface that names them reads them here. */
export const documentLimits = {
  length: {
    value: 65_536,
    unit: 'characters',
    description: 'Longest GraphQL document; long texts and images belong in variables',
  },
  tokens: { value: 2_000, unit: 'tokens', description: 'Most tokens of a GraphQL document' },
  depth: {
    value: 6,
    unit: 'levels',
    description: 'Deepest selection of a GraphQL document, introspection aside',
  },
  aliases: {
    value: 32,
    unit: 'aliases',
    description: 'Most aliases in a GraphQL operation, fragments expanded',
  },
  inferences: {
    value: 32,
    unit: 'fields',
    description: 'Most inference fields in a GraphQL operation; they run side by side',
  },
} as const;
