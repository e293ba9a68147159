import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** A proxy that tunnels (CONNECT), as companies have, to hosts of which nobody else knows where they are. */
export class ConnectProxy {
  /** `host:port` of each tunnel that was asked for. */
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #open = new Set<Duplex>();

  private constructor(server: Server, ports: Readonly<Record<string, number>>) {
    this.#server = server;
    server.on('connect', ({ url = '' }, client: Duplex, head: Buffer) => {
      this.asked.push(url);
      const port = ports[url];
      if (port === undefined) client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      else this.#tunnel(client, head, port);
    });
  }

  /** @param ports of this machine, by the `host:port` that they are called by */
  static async start(ports: Readonly<Record<string, number>>): Promise<ConnectProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ConnectProxy(server, ports);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #tunnel(client: Duplex, head: Buffer, port: number): void {
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#open.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => this.#open.delete(socket));
    }
  }
}
