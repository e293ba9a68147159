import type { ApiCase } from './api-case.js';
import { good, hello } from './asks.js';

/** Headers that bear on the work. */
export const headers: readonly ApiCase[] = [
  ...['0', '-5', '1.5', 'soon', ''].map((value) => ({
    name: `a deadline of "${value}"`,
    rest: { ...hello.rest, headers: { 'x-deadline-ms': value } },
    graphql: { ...hello.graphql, headers: { 'x-deadline-ms': value } },
    status: 422,
    graphqlStatus: 422,
    code: 'request.invalid' as const,
    issue: 'X-Deadline-Ms',
  })),
  {
    name: 'an idempotency key with a space',
    rest: { ...hello.rest, headers: { 'idempotency-key': 'a b' } },
    graphql: { ...hello.graphql, headers: { 'idempotency-key': 'a b' } },
    sdk: (client) => client.translate(good, { idempotencyKey: 'a b' }),
    status: 422,
    graphqlStatus: 422,
    code: 'request.invalid',
    issue: 'Idempotency-Key',
  },
  {
    name: 'a deadline longer than the task allows is capped',
    rest: { ...hello.rest, headers: { 'x-deadline-ms': '99999999' } },
    sdk: (client) => client.translate(good, { deadlineMs: 99_999_999 }),
    status: 200,
  },
];
