import { Controller, Get, HttpCode, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { usageQuery, type EstimateView, type UsageBucket } from '#contracts';
import { Admission, EstimateRequest, ReportUsage } from '#core';
import { limitsOf, parseInput, type LanguageList, type LimitList, type ModelList } from '#transport';
import { principalOf } from '../admission/key.guard.js';
import { noteStandings } from '../admission/limit.headers.js';
import { answerEstimate } from '../admission/read-estimate.js';
import { CatalogueView } from './catalogue.view.js';

const strictUsageQuery = usageQuery.strict();

/** What this key may call, and what it used. */
@Controller('/v1')
export class CatalogueController {
  constructor(
    private readonly catalogue: CatalogueView,
    private readonly report: ReportUsage,
    private readonly admission: Admission,
    private readonly estimates: EstimateRequest,
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
  async limits(@Req() request: FastifyRequest): Promise<LimitList> {
    const estimate = await this.admission.estimate(principalOf(request));
    noteStandings(request)(estimate.standings);
    return { limits: limitsOf(estimate) };
  }

  @Post('estimate')
  @HttpCode(200)
  async estimate(@Req() request: FastifyRequest): Promise<EstimateView & { requestId: string }> {
    const estimate = await answerEstimate(this.estimates, principalOf(request), request.body);
    return { ...estimate, requestId: request.id };
  }

  @Get('usage')
  async usage(@Req() request: FastifyRequest, @Query() query: unknown): Promise<{ usage: UsageBucket[] }> {
    return { usage: await this.report.execute(principalOf(request), parseInput(strictUsageQuery, query)) };
  }
}
