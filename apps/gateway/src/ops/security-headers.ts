import type { FastifyInstance } from 'fastify';

/**
 * Of every reply: nothing is to be kept by caches, guessed to be of another type, framed, or run as a page. Pages of ours
 * say for themselves what they may load. Strict-Transport-Security is the proxy's, which speaks TLS.
 */
export const securityHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
} as const;

/** The page of error codes: one inline style, nothing else. */
export const errorPagePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

export function secureReplies(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(securityHeaders);
    done();
  });
}
