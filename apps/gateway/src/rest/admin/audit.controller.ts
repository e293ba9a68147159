import { Controller, Get, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { pageQuery, type AuditView } from '#contracts';
import { Administration } from '#core';
import { parseInput } from '#transport';
import type { WithRequestId } from './operator-of.js';

const strictPage = pageQuery.strict();

/** What operators did. */
@Controller('/v1/admin/audit')
export class AuditController {
  constructor(private readonly administration: Administration) {}

  @Get()
  async list(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
  ): Promise<WithRequestId<{ entries: AuditView[]; nextCursor?: string }>> {
    const page = parseInput(strictPage, query);
    return { ...(await this.administration.audit.list(page)), requestId: request.id };
  }
}
