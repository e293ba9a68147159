import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createGateway, listen } from '#gateway';
import { createLogger, Telemetry, type Tracing } from '#telemetry';
import { localPorts, type LocalPortsOptions } from './local-ports.js';
import { makeTargetKeys } from './target-keys.js';

export interface LocalGatewayOptions extends LocalPortsOptions {
  requestTimeoutMs?: number;
  replyTimeoutMs?: number;
  traces?: Tracing;
  trustedProxies?: readonly string[];
}

/** A gateway that does not listen yet, with ports that live in this process and a log that can be read. */
export async function composeLocalGateway(options: LocalGatewayOptions = {}) {
  const { stop, ...made } = await localPorts(options);
  const telemetry = new Telemetry(options.traces);
  const lines: string[] = [];
  const app: NestFastifyApplication = await createGateway({
    ports: made.ports,
    config: {
      ...{ version: '0.0.0', currency: 'EUR', trustedProxies: options.trustedProxies ?? [] },
      requestTimeoutMs: options.requestTimeoutMs ?? 10_000,
      replyTimeoutMs: options.replyTimeoutMs ?? 60_000,
    },
    logger: createLogger({ level: 'info', name: 'test' }, { write: (line) => lines.push(line) }),
    telemetry,
  });
  return {
    ...made,
    app,
    lines,
    stop: async () => {
      await app.close();
      await telemetry.close();
      await stop();
    },
  };
}

/** One on a free port. */
export async function startLocalGateway(options: LocalGatewayOptions = {}) {
  const composed = await composeLocalGateway(options);
  const { app, lines, key, adminKey } = composed;
  const url = await listen(app, { host: '127.0.0.1', port: 0 });
  const keys = await makeTargetKeys(url, adminKey);
  // What a spec reads in the log is of its own requests.
  lines.length = 0;
  return { ...composed, target: { url, key, keys }, port: Number(new URL(url).port) };
}

export type LocalGateway = Awaited<ReturnType<typeof startLocalGateway>>;
