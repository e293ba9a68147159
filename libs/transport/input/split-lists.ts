type Query = Readonly<Record<string, unknown>>;

/** A query whose named fields are lists: `?groupBy=task,key`, and `?groupBy=task&groupBy=key` too; `?groupBy=` is an empty one. */
export function splitLists(query: Query, ...names: readonly string[]): Query {
  const entries = Object.entries(query);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, names.includes(name) ? splitList(value) : value]),
  );
}

function splitList(value: unknown): unknown {
  if (Array.isArray(value)) return value.flatMap(splitList);
  if (value === '') return [];
  return typeof value === 'string' ? value.split(',') : value;
}
