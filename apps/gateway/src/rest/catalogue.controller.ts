import { Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { EstimateView } from '#contracts';
import { Admission, EstimateRequest } from '#core';
import { limitsOf, type LanguageList, type LimitList, type ModelList } from '#transport';
import { principalOf } from '../admission/key.guard.js';
import { noteStandings } from '../admission/limit.headers.js';
import { answerEstimate } from '../admission/read-estimate.js';
import { CatalogueView } from './catalogue.view.js';

/** What this key may call. */
@Controller('/v1')
export class CatalogueController {
  constructor(
    private readonly catalogue: CatalogueView,
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
}
