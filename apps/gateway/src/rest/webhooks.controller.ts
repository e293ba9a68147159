import { Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { deliveryQuery, type DeliveryList, type DeliveryView, type WebhookSecretView } from '#contracts';
import { ManageWebhooks } from '#core';
import { parseInput } from '#transport';
import { principalOf } from '../admission/key.guard.js';

const strictDeliveryQuery = deliveryQuery.strict();

type WithRequestId<T> = T & { requestId: string };

/** The tenant's webhooks: secret, deliveries, replay. */
@Controller('/v1/webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: ManageWebhooks) {}

  @Get('secret')
  async secret(@Req() request: FastifyRequest): Promise<WithRequestId<WebhookSecretView>> {
    return { ...(await this.webhooks.secret(principalOf(request).tenantId)), requestId: request.id };
  }

  @Post('secret/rotate')
  @HttpCode(200)
  async rotate(@Req() request: FastifyRequest): Promise<WithRequestId<WebhookSecretView>> {
    return { ...(await this.webhooks.rotateSecret(principalOf(request).tenantId)), requestId: request.id };
  }

  @Get('deliveries')
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<WithRequestId<DeliveryList>> {
    const page = parseInput(strictDeliveryQuery, query);
    return { ...(await this.webhooks.list(principalOf(request).tenantId, page)), requestId: request.id };
  }

  @Post('deliveries/:id/replay')
  @HttpCode(202)
  async replay(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
  ): Promise<WithRequestId<DeliveryView>> {
    return { ...(await this.webhooks.replay(principalOf(request).tenantId, id)), requestId: request.id };
  }
}
