import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** Answers in the server's stead. */
export type Tampering = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/** A real server's front that can be told to answer inference itself, as no server does on command. */
export class TamperingProxy implements AsyncDisposable {
  /** What is done with inference; passed on when absent. */
  tampering: Tampering | undefined;
  /** The `Authorization` that every request must have; any is good when absent. */
  demanded: string | undefined;
  /** `traceparent` of the runs that it was asked for so far. */
  readonly traces: (string | string[] | undefined)[] = [];
  /** Connections that were opened to it so far. */
  connections = 0;
  /** Runs that it was asked for so far, and how their replies may be packed. */
  readonly encodings: (string | string[] | undefined)[] = [];
  readonly #server: Server;

  private constructor(target: string) {
    this.#server = createServer((incoming, outgoing) => {
      const { tampering } = this;
      const infers = incoming.url?.endsWith('/infer') === true;
      if (infers) {
        this.encodings.push(incoming.headers['accept-encoding']);
        this.traces.push(incoming.headers['traceparent']);
      }
      if (this.demanded !== undefined && incoming.headers.authorization !== this.demanded) {
        incoming.resume();
        outgoing.writeHead(401).end('{"error":"who are you?"}');
        return;
      }
      if (tampering !== undefined && infers) {
        incoming.resume().once('end', () => tampering(incoming, outgoing));
        return;
      }
      const { method, headers } = incoming;
      const passed = request(target + (incoming.url ?? ''), { method, headers }, (reply) => {
        outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(outgoing);
      });
      passed.on('error', () => outgoing.destroy());
      incoming.pipe(passed);
    });
    this.#server.on('connection', () => this.connections++);
  }

  static async start(target: string): Promise<TamperingProxy> {
    const proxy = new TamperingProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the proxy does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
