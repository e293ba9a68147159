import { Controller, Get, Header, Headers, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { JobQueue } from '#core';
import { Telemetry } from '#telemetry';
import { endpoints, type OpenApiDocument } from '#transport';
import { Lifecycle } from '../admission/lifecycle.js';
import { errorReferencePage } from './error.page.js';
import { errorPagePolicy } from './security-headers.js';

/** Injection token of the OpenAPI document. */
export const openApiToken = Symbol('OpenAPI document');

/** What operators, probes and newcomers read; no key needed. */
@Controller()
export class OpsController {
  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly queue: JobQueue,
    private readonly telemetry: Telemetry,
    @Inject(openApiToken) private readonly document: OpenApiDocument,
  ) {}

  @Get()
  index(): object {
    return {
      name: this.document.info.title,
      version: this.document.info.version,
      docs: '/docs',
      openapi: '/openapi.json',
      endpoints: endpoints.map(({ method, path, summary }) => ({ method, path, summary })),
    };
  }

  @Get('health/live')
  live(): object {
    return { status: 'live' };
  }

  @Get('health/ready')
  ready(): object {
    this.lifecycle.assertReady();
    // Every gateway has the same stores: to take this one out would keep out what can still be answered, too.
    const impairment = this.queue.impairment();
    return { status: 'ready', ...(impairment !== undefined && { impairment }) };
  }

  @Get('metrics')
  async metrics(
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { contentType, body } = await this.telemetry.scrape(accept);
    void reply.header('Content-Type', contentType);
    return body;
  }

  @Get('openapi.json')
  openapi(): OpenApiDocument {
    return this.document;
  }

  @Get('docs/errors')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', errorPagePolicy)
  errors(): string {
    return errorReferencePage;
  }
}
