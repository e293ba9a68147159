import { Body, Controller, Delete, Get, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { keyRequest, keyRotation, type KeyView, type NewKeyView } from '#contracts';
import { Administration } from '#core';
import { keyListQuery, parseInput } from '#transport';
import { operatorOf, type WithRequestId } from './operator-of.js';

const strictQuery = keyListQuery.strict();
const strictRequest = keyRequest.strict();
const strictRotation = keyRotation.strict();

/** Keys, for operators. */
@Controller('/v1/admin/keys')
export class KeysController {
  constructor(private readonly administration: Administration) {}

  @Post()
  async create(@Req() request: FastifyRequest, @Body() body: unknown): Promise<WithRequestId<NewKeyView>> {
    const order = parseInput(strictRequest, body);
    return {
      ...(await this.administration.keys.create(operatorOf(request), order)),
      requestId: request.id,
    };
  }

  @Get()
  async list(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
  ): Promise<WithRequestId<{ keys: KeyView[]; nextCursor?: string }>> {
    const { tenantId, ...page } = parseInput(strictQuery, query);
    return { ...(await this.administration.keys.list(page, tenantId)), requestId: request.id };
  }

  @Get(':id')
  async find(@Req() request: FastifyRequest, @Param('id') id: string): Promise<WithRequestId<KeyView>> {
    return { ...(await this.administration.keys.find(id)), requestId: request.id };
  }

  @Post(':id/rotate')
  async rotate(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
    @Body() body: unknown,
  ): Promise<WithRequestId<NewKeyView>> {
    const { overlapS } = parseInput(strictRotation, body === undefined ? {} : body);
    const key = await this.administration.keys.rotate(operatorOf(request), id, overlapS);
    return { ...key, requestId: request.id };
  }

  @Delete(':id')
  async revoke(@Req() request: FastifyRequest, @Param('id') id: string): Promise<WithRequestId<KeyView>> {
    return { ...(await this.administration.keys.revoke(operatorOf(request), id)), requestId: request.id };
  }
}
