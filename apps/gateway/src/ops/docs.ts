import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { OpenApiDocument } from '#transport';

/** The plugin's own policy also upgrades requests to HTTPS, which a plain-HTTP server cannot answer. */
const contentSecurityPolicy =
  "default-src 'self'; base-uri 'self'; img-src 'self' data:; object-src 'none'; style-src 'self' 'unsafe-inline'; frame-ancestors 'self'";

/** Swagger UI at `/docs`, its files from node_modules: it works without a network. */
export async function registerDocs(app: FastifyInstance, document: OpenApiDocument): Promise<void> {
  const { info } = document;
  // The page's plugin insists on this one, which would derive a document from routes; ours replaces what it has.
  await app.register(fastifySwagger, {
    mode: 'static',
    specification: { document: { openapi: '3.1.0', info, paths: {} } },
  });
  await app.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    staticCSP: contentSecurityPolicy,
    logLevel: 'silent',
    transformSpecification: () => document,
    transformSpecificationClone: false,
  });
}
