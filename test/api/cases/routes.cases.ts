import type { ApiCase } from './api-case.js';

/** Addresses and methods. */
export const routes: readonly ApiCase[] = [
  {
    name: 'an unknown path',
    rest: { method: 'GET', path: '/v1/nothing' },
    status: 404,
    code: 'resource.not_found',
  },
  {
    name: 'a malformed path',
    rest: { method: 'GET', path: '/v1/%zz' },
    status: 400,
    code: 'request.malformed',
  },
  ...(['GET', 'PUT', 'DELETE', 'OPTIONS'] as const).map((method) => ({
    name: `${method} where POST is meant`,
    rest: { method, path: '/v1/translate' },
    status: 405,
    code: 'route.method_not_allowed' as const,
  })),
  ...['/docs/static/%00', '/docs/static/%2e%2e%2f%2e%2e%2fpackage.json', '/docs/static/nothing.js'].map(
    (path) => ({
      name: `${path}, which is no file of the reference`,
      rest: { method: 'GET' as const, path },
      status: 404,
      code: 'resource.not_found' as const,
    }),
  ),
  ...['/v1/jobs/job%00', '/v1/jobs/job%00/results'].map((path) => ({
    name: `${path}, which names nothing: no database holds NUL`,
    rest: { method: 'GET' as const, path },
    status: 404,
    code: 'resource.not_found' as const,
  })),
  {
    name: 'a job whose id holds NUL',
    graphql: { query: '{ job(id: "job\\u0000") { id } }' },
    status: 422,
    code: 'request.invalid',
  },
  {
    name: 'GET /graphql',
    rest: { method: 'GET', path: '/graphql?query=%7Blimits%7Bname%7D%7D' },
    status: 405,
  },
];
