import type { z } from 'zod';
import { AppError, type Issue, type PublicFacts } from '#kernel';
import { shorten } from '../problem/shorten.js';

/** A body can be wrong in as many places as it has items; the first ones are enough to mend it. */
export const maxIssues = 32;

/** Longer than any name of ours: a member that is not known may have one as long as a body. */
const maxNameLength = 100;

/** Parses a caller's value. @throws AppError `request.invalid` with the JSON path of everything that is wrong. */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const checked = checkInput(schema, value, []);
  if ('data' in checked) return checked.data;
  throw invalidInput(checked.issues);
}

/** The value, or everything that is wrong with it, at paths that begin with `parents`. */
export function checkInput<S extends z.ZodType>(
  schema: S,
  value: unknown,
  parents: readonly PropertyKey[],
): { data: z.output<S> } | { issues: FoundIssue[] } {
  const result = schema.safeParse(value);
  if (result.success) return { data: result.data };
  return { issues: result.error.issues.flatMap((issue) => flatten(issue, parents)) };
}

/** `request.invalid` with the first issues; a caller can mend those and ask again. */
export function invalidInput(found: readonly FoundIssue[]): AppError {
  const limit = found.find((issue) => issue.limit !== undefined)?.limit;
  const [first] = found;
  return new AppError('request.invalid', {
    ...(first !== undefined && {
      detail: first.path === '' ? first.message : `${first.path}: ${first.message}`,
    }),
    issues: found.slice(0, maxIssues).map(({ path, message }) => ({ path, message })),
    ...(limit !== undefined && { limit }),
  });
}

/** `['text', 3]` → `text[3]` */
export function jsonPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    const name = shorten(String(key), maxNameLength);
    return text === '' ? name : `${text}.${name}`;
  }, '');
}

/** What a length is counted in. */
const units = new Map<string, string>([
  ['string', 'UTF-16 code units'],
  ['array', 'items'],
]);

/** One thing that is wrong, and the limit behind it where there is one. */
export type FoundIssue = Issue & Pick<PublicFacts, 'limit'>;

function flatten(issue: z.core.$ZodIssue, parents: readonly PropertyKey[]): FoundIssue[] {
  const path = [...parents, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, maxIssues).map((key) => ({
      path: jsonPath([...path, key]),
      message: 'is not a field of this request',
    }));
  }
  if (issue.code === 'invalid_union') return flattenUnion(issue, path);
  return [{ path: jsonPath(path), message: messageOf(issue), ...limitOf(issue, path) }];
}

/** The alternatives that had the right shape tell what is wrong inside; if none had, say which shapes there are. */
function flattenUnion(issue: z.core.$ZodIssueInvalidUnion, path: readonly PropertyKey[]): FoundIssue[] {
  const isShape = (inner: z.core.$ZodIssue) => inner.code === 'invalid_type' && inner.path.length === 0;
  const close = issue.errors.find((errors) => errors.length > 0 && !errors.some(isShape));
  if (close !== undefined) return close.flatMap((inner) => flatten(inner, path));
  const shapes = issue.errors
    .flat()
    .flatMap((inner) => (inner.code === 'invalid_type' ? [inner.expected] : []));
  const expected = [...new Set(shapes)].join(' or ');
  const what = issue.errors.flat().every(isMissing) ? 'is missing' : 'Invalid input';
  return [{ path: jsonPath(path), message: `${what}: expected ${expected}` }];
}

/** zod tells what is missing from what has a wrong type by the end of its message only. */
function isMissing({ code, message }: z.core.$ZodIssue): boolean {
  return code === 'invalid_type' && message.endsWith(', received undefined');
}

function messageOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_type' && isMissing(issue)
    ? `is missing: expected ${issue.expected}`
    : issue.message;
}

function limitOf(issue: z.core.$ZodIssue, path: readonly PropertyKey[]): Pick<PublicFacts, 'limit'> {
  if (issue.code !== 'too_big') return {};
  const unit = units.get(issue.origin);
  // Which item it was, the issue says; the limit is that of each.
  const name = jsonPath(path.filter((key) => typeof key !== 'number'));
  return unit === undefined ? {} : { limit: { name, value: Number(issue.maximum), unit } };
}
