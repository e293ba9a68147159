import type { FastifyInstance } from 'fastify';
import { slowestBodyBytesPerMs } from '#transport';
import { isUploadOf } from './parse-bodies.js';
import { refuseClient } from './refuse-client.js';

/**
 * A body that comes too slowly is refused, as Node itself refuses slow headers: a photo over a poor connection has the
 * time that its announced length takes beside that. Uploads have a bound of their own.
 */
export function boundBodies(app: FastifyInstance, requestTimeoutMs: number): void {
  app.addHook('onRequest', ({ raw, routeOptions, headers }, _reply, done) => {
    const isUpload = isUploadOf(routeOptions.url, headers['content-type']);
    const announced = Number(headers['content-length'] ?? 0);
    const hasBody = headers['transfer-encoding'] !== undefined || announced > 0;
    if (hasBody && !isUpload) {
      const timer = setTimeout(
        () => {
          const error = Object.assign(new Error('The body is late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
          if (!raw.complete) refuseClient(error, raw.socket);
        },
        requestTimeoutMs + Math.min(announced, routeOptions.bodyLimit) / slowestBodyBytesPerMs,
      );
      raw.once('close', () => clearTimeout(timer));
      raw.once('end', () => clearTimeout(timer));
    }
    done();
  });
}

/** A reply that is read too slowly, byte by byte so that its connection never idles, would stay in memory for ever. */
export function boundReplies(app: FastifyInstance, replyTimeoutMs: number): void {
  app.addHook('onSend', ({ raw: { socket } }, { raw }, payload, done) => {
    const timer = setTimeout(() => socket.destroy(), replyTimeoutMs);
    raw.once('close', () => clearTimeout(timer));
    done(null, payload);
  });
}
