import { createServer, type Server } from 'node:http';

/** Takes what is exported over OTLP/HTTP, and counts its bytes. */
export class SpanSink {
  bytes = 0;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => (this.bytes += chunk.length));
      request.on('end', () => response.end());
    });
  }

  static async open(): Promise<SpanSink> {
    const sink = new SpanSink();
    await new Promise<void>((resolve) => sink.server.listen(0, '127.0.0.1', resolve));
    return sink;
  }

  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the sink does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
