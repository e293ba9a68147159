import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pageQuery, type JobList, type JobResults, type JobView } from '#contracts';
import { BrowseJobs, SubmitJob, toJobView, WebhookSender, type SubmittedJob } from '#core';
import { parseInput, readRequestOptions } from '#transport';
import { noteStandings } from '../admission/limit.headers.js';
import { principalOf } from '../admission/key.guard.js';
import { checkNoQuery, readJobBody, readJobUpload, type JobOrder } from '../jobs/read-job-request.js';
import { UploadGate } from '../jobs/upload-gate.js';
import { Lifecycle } from '../admission/lifecycle.js';

const strictPageQuery = pageQuery.strict();

type WithRequestId<T> = T & { requestId: string };

/** Jobs: submit, watch, read page by page, cancel. */
@Controller('/v1/jobs')
export class JobsController {
  constructor(
    private readonly submit: SubmitJob,
    private readonly browse: BrowseJobs,
    private readonly webhooks: WebhookSender,
    private readonly lifecycle: Lifecycle,
    private readonly uploads: UploadGate,
  ) {}

  @Post()
  @HttpCode(202)
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() query: unknown,
  ): Promise<SubmittedJob> {
    const { idempotencyKey } = readRequestOptions(request.headers, reply.elapsedTime);
    const isUpload = request.body === request.raw;
    const leave = isUpload ? this.uploads.enter(principalOf(request).tenantId) : undefined;
    try {
      return await this.submit.execute({
        principal: principalOf(request),
        requestId: request.id,
        trace: request.span?.carrier ?? {},
        onStandings: noteStandings(request),
        ...(isUpload ? this.readUpload(request, query) : await this.readBody(request, query)),
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      });
    } finally {
      leave?.();
    }
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<WithRequestId<JobList>> {
    const page = parseInput(strictPageQuery, query);
    return { ...(await this.browse.list(principalOf(request).tenantId, page)), requestId: request.id };
  }

  @Get(':id')
  async find(@Req() request: FastifyRequest, @Param('id') id: string): Promise<WithRequestId<JobView>> {
    const job = await this.browse.find(principalOf(request).tenantId, id);
    return { ...toJobView(job), requestId: request.id };
  }

  @Get(':id/results')
  async results(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
    @Query() query: unknown,
  ): Promise<WithRequestId<JobResults>> {
    const page = parseInput(strictPageQuery, query);
    const results = await this.browse.results(principalOf(request).tenantId, id, page);
    return { ...results, requestId: request.id };
  }

  @Delete(':id')
  async cancel(@Req() request: FastifyRequest, @Param('id') id: string): Promise<WithRequestId<JobView>> {
    const job = await this.browse.cancel(principalOf(request).tenantId, id);
    return { ...toJobView(job), requestId: request.id };
  }

  private readUpload(request: FastifyRequest, query: unknown): JobOrder {
    return readJobUpload(request.raw, query, this.webhooks, this.lifecycle.closing);
  }

  private readBody(request: FastifyRequest, query: unknown): Promise<JobOrder> {
    checkNoQuery(query);
    return readJobBody(request.body, this.webhooks);
  }
}
