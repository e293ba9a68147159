import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { readMetrics, type ReceivedMetrics } from './otlp-metrics.js';

const attribute = z.object({
  key: z.string(),
  value: z.looseObject({
    stringValue: z.string().optional(),
    intValue: z.union([z.number(), z.string().transform(Number)]).optional(),
    doubleValue: z.number().optional(),
  }),
});
const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  traceState: z.string().optional(),
  name: z.string(),
  kind: z.int(),
  startTimeUnixNano: z.coerce.bigint(),
  endTimeUnixNano: z.coerce.bigint(),
  attributes: z.array(attribute).default([]),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string() })).default([]),
  status: z.object({ code: z.int().optional() }).default({}),
});
const scopeSpans = z.object({ spans: z.array(span) });
const resourceSpans = z.object({
  resource: z.object({ attributes: z.array(attribute) }),
  scopeSpans: z.array(scopeSpans),
});
const exportRequest = z.object({ resourceSpans: z.array(resourceSpans) });

/** A span as OTLP's JSON has it. */
export type ReceivedSpan = z.infer<typeof span>;

/** A collector's end of OTLP/HTTP in JSON, on a free port of this machine. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** Of the last export of any process. */
  metrics: ReceivedMetrics = new Map();
  /** Those of spans. */
  exports = 0;
  private readonly services = new Map<ReceivedSpan, string>();
  private readonly waiting: { enough: () => boolean; resolve: () => void }[] = [];

  private constructor(
    private readonly server: Server,
    private readonly answers: boolean,
  ) {
    server.on('request', (request, response) => void this.receive(request, response));
  }

  /** @param answers false for a receiver that accepts connections and never replies */
  static async start({ answers = true } = {}): Promise<OtlpReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new OtlpReceiver(server, answers);
  }

  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the receiver is closed');
    return `http://127.0.0.1:${address.port}`;
  }

  /** What makes a server process send its spans here, soon, and its metrics. */
  get settings(): Record<string, string> {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: this.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    };
  }

  /** `service.name` of the process that sent the span. */
  serviceOf(sent: ReceivedSpan): string | undefined {
    return this.services.get(sent);
  }

  named(name: string): ReceivedSpan[] {
    return this.spans.filter((each) => each.name === name);
  }

  /** Resolves when the condition holds, which is looked at after each export; rejects at the timeout. */
  async until(what: string, enough: () => boolean, timeoutMs = 30_000): Promise<void> {
    if (enough()) return;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`never received: ${what}`)), timeoutMs);
    });
    const received = new Promise<void>((resolve) => this.waiting.push({ enough, resolve }));
    await Promise.race([received, timeout]).finally(() => clearTimeout(timer));
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const ofSpans = request.url === '/v1/traces';
    if (ofSpans) this.exports++;
    if (!this.answers) return;
    const body: unknown = await json(request);
    if (ofSpans) this.keepSpans(body);
    else this.metrics = readMetrics(body);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    for (const { enough, resolve } of this.waiting) if (enough()) resolve();
  }

  private keepSpans(body: unknown): void {
    for (const { resource, scopeSpans: scopes } of exportRequest.parse(body).resourceSpans) {
      const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue;
      for (const each of scopes.flatMap(({ spans }) => spans)) {
        this.spans.push(each);
        this.services.set(each, service ?? '');
      }
    }
  }
}

/** An attribute's number or text. */
export function attributeOf({ attributes }: ReceivedSpan, key: string): number | string | undefined {
  const value = attributes.find((each) => each.key === key)?.value;
  return value?.stringValue ?? value?.intValue ?? value?.doubleValue;
}
