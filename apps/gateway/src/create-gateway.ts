import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { AuthenticateKey, currencyConflict } from '#core';
import { StartupError } from '#process';
import type { Logger, Telemetry } from '#telemetry';
import { openApiDocument } from '#transport';
import { trustProxies } from './admission/client-address.js';
import { KeyUseBackground } from './admission/key-use.background.js';
import { Lifecycle } from './admission/lifecycle.js';
import { tellLimits } from './admission/limit.headers.js';
import { ReplyBackground } from './admission/reply.background.js';
import { GatewayModule, type BillingOptions, type GatewayPorts } from './gateway.module.js';
import { registerGraphql } from './graphql/graphql.route.js';
import { JobBackground } from './jobs/job-background.js';
import { MeteringBackground } from './metering/metering-background.js';
import { recordRequests } from './ops/access-log.js';
import { registerOpenInference } from './open-inference/open-inference.route.js';
import { registerDocs } from './ops/docs.js';
import { traceRequests } from './ops/request-trace.js';
import { secureReplies } from './ops/security-headers.js';
import { ProblemFilter } from './rest/problem.filter.js';
import { configureServer, createAdapter } from './server.js';

export interface GatewayOptions {
  ports: GatewayPorts;
  config: BillingOptions & {
    version: string;
    requestTimeoutMs: number;
    replyTimeoutMs: number;
    /** Addresses and networks of proxies whose word on the client's address is taken. */
    trustedProxies: readonly string[];
  };
  logger: Logger;
  telemetry: Telemetry;
}

/** Fastify's own parsers, our logger, and errors that throw instead of ending the process. */
const nestOptions: Partial<NestApplicationOptions> = {
  bodyParser: false,
  logger: false,
  abortOnError: false,
};

/**
 * The gateway, ready to `listen` or `inject`. Closing it stops taking work and waits for what is in flight.
 * @throws StartupError when the installation has prices in another currency
 */
export async function createGateway(options: GatewayOptions): Promise<NestFastifyApplication> {
  const { ports, config, logger, telemetry } = options;
  const conflict = await currencyConflict(ports.prices, config.currency);
  if (conflict !== undefined) throw new StartupError(conflict);
  const document = openApiDocument(config.version);
  const adapter = createAdapter({
    logger,
    requestTimeoutMs: config.requestTimeoutMs,
    trustProxy: trustProxies(config.trustedProxies),
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    GatewayModule.with(ports, telemetry, logger, document, config),
    adapter,
    nestOptions,
  );
  const server = adapter.getInstance();
  secureReplies(server);
  traceRequests(server, telemetry.traces);
  recordRequests(server, telemetry);
  tellLimits(server, ports.admission);
  configureServer(server, {
    authenticate: app.get(AuthenticateKey),
    lifecycle: app.get(Lifecycle),
    requestTimeoutMs: config.requestTimeoutMs,
    replyTimeoutMs: config.replyTimeoutMs,
  });
  app.useGlobalFilters(new ProblemFilter());
  await registerDocs(server, document);
  await registerOpenInference(server, app, config.version);
  await registerGraphql(server, app, trustProxies(config.trustedProxies));
  workWhileListening(server, app);
  await app.init();
  await server.ready();
  return app;
}

/**
 * Work that nobody waits for begins when the port opens: a gateway is composed while its engines warm up, which jobs would
 * delay and find cold.
 */
function workWhileListening(server: FastifyInstance, app: NestFastifyApplication): void {
  server.addHook('onListen', (done) => {
    for (const kind of [JobBackground, MeteringBackground, ReplyBackground, KeyUseBackground])
      app.get<{ start(): void }>(kind).start();
    done();
  });
}
