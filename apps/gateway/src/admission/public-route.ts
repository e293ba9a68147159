import { endpoints } from '#transport';

const byPath = new Map(endpoints.map((endpoint) => [endpoint.path, endpoint]));

/** Whether a route, by its pattern, is served without a key. Whatever is not known to be public needs one. */
export function isPublicRoute(route: string): boolean {
  return byPath.get(route)?.public ?? (route === '/' || route.startsWith('/docs'));
}
