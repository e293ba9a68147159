/** GraphQL clients send null for "not given"; the contracts know only absence. */
export function withoutNulls(args: unknown): object {
  return Object.fromEntries(Object.entries(args ?? {}).filter(([, value]) => value !== null));
}
