import { Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  inspectionProfileChange,
  inspectionProfileQuery,
  inspectionProfileRequest,
  inspectionRequest,
  pageQuery,
  type InspectionProfileList,
  type InspectionProfileView,
} from '#contracts';
import { InspectImage, ManageProfiles, type InspectionReply } from '#core';
import { parseInput, readRequestOptions } from '#transport';
import { clientSignal } from '../admission/client-signal.js';
import { principalOf } from '../admission/key.guard.js';
import { noteStandings } from '../admission/limit.headers.js';
import { serverTiming } from './inference.controller.js';
import { readBody } from './read-body.js';

const strictInspection = inspectionRequest.strict();
const strictProfile = inspectionProfileRequest.strict();
const strictChange = inspectionProfileChange.strict();
const strictPageQuery = pageQuery.strict();
const strictVersionQuery = inspectionProfileQuery.strict();

type WithRequestId<T> = T & { requestId: string };

/** Inspection, and the profiles that it goes by. */
@Controller('/v1')
export class InspectionController {
  constructor(
    private readonly inspections: InspectImage,
    private readonly profiles: ManageProfiles,
  ) {}

  @Post('images/inspect')
  @HttpCode(200)
  async inspect(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InspectionReply> {
    const options = readRequestOptions(request.headers, reply.elapsedTime);
    const inspected = await this.inspections.execute({
      principal: principalOf(request),
      request: parseInput(strictInspection, readBody(request.body, strictInspection)),
      requestId: request.id,
      signal: clientSignal(reply),
      onStandings: noteStandings(request),
      ...options,
      ...request.span?.carrier,
    });
    if (inspected.timings !== undefined) reply.header('Server-Timing', serverTiming(inspected.timings));
    return inspected.reply;
  }

  @Post('inspection-profiles')
  async create(@Req() request: FastifyRequest): Promise<WithRequestId<InspectionProfileView>> {
    const definition = parseInput(strictProfile, readBody(request.body, strictProfile));
    const profile = await this.profiles.create(principalOf(request).tenantId, definition);
    return { ...profile, requestId: request.id };
  }

  @Get('inspection-profiles')
  async list(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
  ): Promise<WithRequestId<InspectionProfileList>> {
    const page = parseInput(strictPageQuery, query);
    return { ...(await this.profiles.list(principalOf(request).tenantId, page)), requestId: request.id };
  }

  @Get('inspection-profiles/:id')
  async find(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
    @Query() query: unknown,
  ): Promise<WithRequestId<InspectionProfileView>> {
    const { version } = parseInput(strictVersionQuery, query);
    const profile = await this.profiles.find(principalOf(request).tenantId, id, version);
    return { ...profile, requestId: request.id };
  }

  @Patch('inspection-profiles/:id')
  async change(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
  ): Promise<WithRequestId<InspectionProfileView>> {
    const change = parseInput(strictChange, readBody(request.body, strictChange));
    const profile = await this.profiles.change(principalOf(request).tenantId, id, change);
    return { ...profile, requestId: request.id };
  }

  @Delete('inspection-profiles/:id')
  async archive(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
  ): Promise<WithRequestId<InspectionProfileView>> {
    const profile = await this.profiles.archive(principalOf(request).tenantId, id);
    return { ...profile, requestId: request.id };
  }
}
