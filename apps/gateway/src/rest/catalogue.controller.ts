import { Controller, Get, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { usageQuery, type UsageBucket } from '#contracts';
import { ReportUsage } from '#core';
import { limits, parseInput, type LanguageList, type LimitList, type ModelList } from '#transport';
import { principalOf } from '../admission/key.guard.js';
import { CatalogueView } from './catalogue.view.js';

const strictUsageQuery = usageQuery.strict();

/** What this key may call, and what it used. */
@Controller('/v1')
export class CatalogueController {
  constructor(
    private readonly catalogue: CatalogueView,
    private readonly report: ReportUsage,
  ) {}

  @Get('models')
  models(): ModelList {
    return { models: this.catalogue.models() };
  }

  @Get('languages')
  languages(): LanguageList {
    return { languages: this.catalogue.languages() };
  }

  @Get('limits')
  limits(): LimitList {
    return limits;
  }

  @Get('usage')
  async usage(@Req() request: FastifyRequest, @Query() query: unknown): Promise<{ usage: UsageBucket[] }> {
    return { usage: await this.report.execute(principalOf(request), parseInput(strictUsageQuery, query)) };
  }
}
