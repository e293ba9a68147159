import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer<ArrayBuffer>;
}

/** What becomes of one request. */
export type Answer = (response: ServerResponse) => void;

/** A real HTTP server that answers its requests in turn as a test says, the last answer for all that follow. */
export class FailingServer {
  readonly requests: ReceivedRequest[] = [];
  private answers: Answer[] = [];
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined); // a client that went away
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      this.requests.push({ method, url, headers, body: Buffer.concat(chunks) });
      const [answer = reply({})] = this.answers;
      if (this.answers.length > 1) this.answers.shift();
      answer(response);
    });
  });

  async start(): Promise<void> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Forgets earlier requests; what comes now is answered like this. */
  script(...answers: Answer[]): void {
    this.requests.length = 0;
    this.answers = answers;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export const reply =
  (body: object, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response
      .writeHead(200, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));

/** A refusal as the gateway writes it. */
export const problem =
  (status: number, body: object, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/problem+json', ...headers })
      .end(JSON.stringify({ status, ...body }));

export const overloaded = problem(503, { code: 'overloaded', title: 'Full', retryable: true });

/** A page of something that stands in front of the server. */
export const page =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'text/html', ...headers }).end('<h1>Oh</h1>');

/** RST, as from a server that was killed. */
export const reset: Answer = (response) => void response.socket?.resetAndDestroy();

/** Dies half-way through a good reply. */
export const cutShort: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
  response.write('{"translations": [', () => response.destroy());
};

export const silence: Answer = () => undefined;

/** Begins a reply and never ends it. */
export const endless: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{');
};
