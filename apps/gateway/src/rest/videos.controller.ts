import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { maxVideoBytes, videoQuery, type VideoView } from '#contracts';
import { BrowseVideos, SubmitVideo, WebhookSender, type SubmittedJob } from '#core';
import { AppError } from '#kernel';
import { detectObjects } from '#tasks';
import { linesMediaType, parseInput, readRequestOptions, videoTimeoutMs } from '#transport';
import { clientSignal } from '../admission/client-signal.js';
import { principalOf } from '../admission/key.guard.js';
import { Lifecycle } from '../admission/lifecycle.js';
import { noteStandings } from '../admission/limit.headers.js';
import { checkWebhook, chunksOf } from '../jobs/read-job-request.js';
import { VideoGate } from '../jobs/upload-gate.js';

const strictVideoQuery = videoQuery.strict();

/** Videos: submit a file, read what was found. Its job is watched and cancelled as any other. */
@Controller('/v1/videos')
export class VideosController {
  constructor(
    private readonly submit: SubmitVideo,
    private readonly browse: BrowseVideos,
    private readonly webhooks: WebhookSender,
    private readonly lifecycle: Lifecycle,
    private readonly gate: VideoGate,
  ) {}

  @Post()
  @HttpCode(202)
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() given: unknown,
  ): Promise<SubmittedJob> {
    const { idempotencyKey } = readRequestOptions(request.headers, reply.elapsedTime);
    const { webhook, ...query } = parseInput(strictVideoQuery, given);
    checkWebhook(this.webhooks, webhook);
    assertFile(request);
    const principal = principalOf(request);
    const leave = this.gate.enter(principal.tenantId);
    // Nothing moves on the connection while the file is taken apart.
    request.raw.setTimeout(videoTimeoutMs);
    const { closing } = this.lifecycle;
    try {
      return await this.submit.execute({
        principal,
        query,
        task: detectObjects,
        file: chunksOf(request.raw, closing),
        signal: AbortSignal.any([clientSignal(reply), closing]),
        requestId: request.id,
        timeoutMs: videoTimeoutMs,
        trace: request.span?.carrier ?? {},
        onStandings: noteStandings(request),
        ...(webhook !== undefined && { webhook }),
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      });
    } finally {
      leave();
    }
  }

  @Get(':id')
  async find(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
  ): Promise<VideoView & { requestId: string }> {
    return { ...(await this.browse.find(principalOf(request).tenantId, id)), requestId: request.id };
  }

  @Get(':id/frames')
  async frames(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
  ): Promise<string> {
    const frames = await this.browse.frames(principalOf(request).tenantId, id);
    void reply.type(linesMediaType);
    return frames.map((frame) => `${JSON.stringify(frame)}\n`).join('');
  }

  @Get(':id/contact-sheet')
  async contactSheet(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
  ): Promise<Buffer> {
    const { mediaType, bytes } = await this.browse.contactSheet(principalOf(request).tenantId, id);
    void reply.type(mediaType);
    return Buffer.from(bytes);
  }
}

/** What is a file is handed on unread. @throws AppError `request.*` for what is none, or says that it is too large */
function assertFile({ body, raw, headers }: FastifyRequest): void {
  if (Number(headers['content-length'] ?? 0) > maxVideoBytes) {
    const limit = { name: 'video', value: maxVideoBytes, unit: 'bytes' };
    throw new AppError('request.too_large', { detail: 'The video is too large', limit });
  }
  if (body === raw) return;
  const detail = 'Send the video as the body, as video/mp4 or what else it is';
  throw new AppError(body == null ? 'request.invalid' : 'request.unsupported_media_type', { detail });
}
