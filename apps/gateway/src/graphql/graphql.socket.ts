import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { handleProtocols, type Server } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { AppError } from '#kernel';
import type { Lifecycle } from '../admission/lifecycle.js';
import { subscriptionProtocol, type ProtocolOptions, type SocketState } from './subscription.protocol.js';

/** Sockets of one process, those that have not shown a key yet included. */
const maxSockets = 5_000;
/** A document and its variables; inputs of jobs do not come this way. */
const maxMessageBytes = 128 * 1024;
const pingMs = 15_000;
/** After a polite close frame on shutdown. */
const terminateAfterMs = 500;

/**
 * Web sockets at `/graphql`. mercurius's own transport was rejected: it takes queries past our route's limits, and
 * knows neither a bound of sockets nor ours of documents.
 */
export function serveSubscriptions(
  server: FastifyInstance,
  { lifecycle, ...options }: ProtocolOptions & { lifecycle: Lifecycle },
): void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    handleProtocols: (protocols) => handleProtocols(protocols),
    perMessageDeflate: false,
  });
  const protocol = subscriptionProtocol(options);
  server.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refuseUpgrade(request, sockets.clients.size, lifecycle);
    if (refusal !== undefined) refuse(socket, refusal);
    else sockets.handleUpgrade(request, socket, head, (opened) => open(protocol, opened, request));
  });
  server.addHook('preClose', (done) => {
    for (const client of sockets.clients) client.close(1001, 'service.draining');
    setTimeout(() => {
      for (const client of sockets.clients) client.terminate();
    }, terminateAfterMs).unref();
    done();
  });
}

/** Wires a socket to the protocol. A reader that is slow holds one update of each subscription, no more. */
function open(protocol: Server<SocketState>, socket: WebSocket, request: IncomingMessage): void {
  const close = (code: number, reason: string) => socket.close(code, reason);
  const operations = new Map<string, AbortController>();
  const state: SocketState = { request, shown: undefined, principal: undefined, operations, close };
  let alive = true;
  const pings = setInterval(() => {
    if (!alive) socket.terminate();
    alive = false;
    socket.ping();
  }, pingMs);
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (text) =>
        new Promise((resolve, reject) => {
          if (socket.readyState !== socket.OPEN) resolve();
          else socket.send(text, (error) => (error == null ? resolve() : reject(error)));
        }),
      close,
      onMessage: (take) =>
        socket.on('message', (data: Buffer) => {
          take(data.toString()).catch((error: unknown) => socket.close(4500, AppError.from(error).code));
        }),
    },
    state,
  );
  socket.on('pong', () => (alive = true));
  // What breaks the protocol (too large a message, text that is not UTF-8) closes the socket, which is all there is to do.
  socket.on('error', () => undefined);
  socket.once('close', (code, reason) => {
    clearInterval(pings);
    void closed(code, reason.toString());
  });
}

function refuseUpgrade(
  { url = '' }: IncomingMessage,
  open: number,
  lifecycle: Lifecycle,
): string | undefined {
  if (url.split('?', 1)[0] !== '/graphql') return '404 Not Found';
  return lifecycle.isDraining || open >= maxSockets ? '503 Service Unavailable' : undefined;
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
