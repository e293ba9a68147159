import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createGateway } from '#gateway';
import { createLogger, Telemetry, type Tracing } from '#telemetry';
import { localPorts } from './local-ports.js';

/** A gateway on a free port, with ports that live in this process and a log that can be read. */
export async function startLocalGateway(
  options: { requestTimeoutMs?: number; traces?: Tracing; storesUsage?: boolean } = {},
) {
  const { ports, tenantId, database, queue, models, key, otherKey, revokedKey, stop } =
    await localPorts(options);
  const telemetry = new Telemetry(options.traces);
  const lines: string[] = [];
  const app: NestFastifyApplication = await createGateway({
    ports,
    config: { version: '0.0.0', requestTimeoutMs: options.requestTimeoutMs ?? 10_000, currency: 'EUR' },
    logger: createLogger({ level: 'info', name: 'test' }, { write: (line) => lines.push(line) }),
    telemetry,
  });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    app,
    ports,
    tenantId,
    database,
    queue,
    models,
    lines,
    otherKey,
    target: { url, key, revokedKey },
    port: Number(new URL(url).port),
    stop: async () => {
      await app.close();
      await telemetry.close();
      await stop();
    },
  };
}
