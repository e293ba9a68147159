import type { FastifyRequest } from 'fastify';
import { endpoints } from '#transport';

const methods = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'] as const;

/** Whether a path is served, also one that has parameters. */
function hasRoute({ server }: FastifyRequest, method: (typeof methods)[number], path: string): boolean {
  if (server.hasRoute({ method, url: path })) return true;
  return endpoints.some((endpoint) => {
    const pattern = endpoint.path.split('/');
    const parts = path.split('/');
    return (
      endpoint.method === (method === 'HEAD' ? 'GET' : method) &&
      pattern.length === parts.length &&
      pattern.every((part, i) => part === parts[i] || (part.startsWith(':') && parts[i] !== ''))
    );
  });
}

/** Under which methods the path of a request is served. */
export function methodsOf(request: FastifyRequest): string[] {
  const [path = '/'] = request.url.split('?', 1);
  return methods.filter((method) => hasRoute(request, method, path));
}
