import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { explainListening, type ListenAddress } from '#process';
import type { Telemetry } from '#telemetry';

export interface Probes {
  /** Models are warm and the queue is read; the reason where not. */
  notReady: () => string | undefined;
  /** What is refused though it is ready. */
  impairment: () => string | undefined;
  telemetry: Telemetry;
}

/**
 * `/health/live`, `/health/ready` and `/metrics` of a program without an API. Liveness asks for nothing but this event
 * loop: a Redis that is away is no reason to restart a worker whose models are warm.
 * @throws StartupError when the port is taken
 */
export async function serveProbes(
  { host, port }: ListenAddress,
  probes: Probes,
): Promise<{ server: Server; url: string }> {
  const server = createServer({ requestTimeout: 5_000 }, (request, response) => {
    answer(request, response, probes).catch(() => response.destroy());
  });
  server.listen(port, host);
  await once(server, 'listening').catch((error: unknown) => {
    throw explainListening(error, { host, port });
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return { server, url: `http://${host}:${bound}` };
}

async function answer(
  { url: path, headers: { accept } }: IncomingMessage,
  response: ServerResponse,
  { notReady, impairment, telemetry }: Probes,
): Promise<void> {
  const reason = notReady();
  if (path === '/metrics') {
    const { contentType, body } = await telemetry.scrape(accept);
    response.writeHead(200, { 'content-type': contentType }).end(body);
  } else if (path === '/health/live') json(response, 200, { status: 'live' });
  else if (path !== '/health/ready') json(response, 404, { status: 'not found' });
  else if (reason === undefined) json(response, 200, { status: 'ready', impairment: impairment() });
  else json(response, 503, { status: 'not ready', reason });
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
