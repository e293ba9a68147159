import type { INestApplicationContext } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest, preParsingHookHandler } from 'fastify';
import { z } from 'zod';
import { assertScope, ModelInventory, SubmitInference } from '#core';
import { AppError, headerLengthField } from '#kernel';
import { tasks } from '#tasks';
import {
  endpoints,
  fromHttpError,
  signatureOf,
  type InferBody,
  type TensorModel,
  type TensorServer,
} from '#transport';
import { principalOf } from '../admission/key.guard.js';
import { Lifecycle } from '../admission/lifecycle.js';
import { sendProblem } from '../rest/problem.filter.js';
import { findTarget, type TensorTarget } from './find-target.js';
import { parseInferBodies } from './infer.body.js';
import { submitTensors } from './submit-tensors.js';

const address = z.object({ name: z.string(), version: z.string().optional() });
const bodyLimits = new Map(endpoints.map(({ task, bodyLimitBytes }) => [task?.id, bodyLimitBytes]));

/**
 * The Open Inference Protocol, version 2, under `/v2`. A plugin of its own, as its bodies are parsed by rules of their
 * own. Readiness is that of the server: models start together.
 */
export async function registerOpenInference(
  server: FastifyInstance,
  app: INestApplicationContext,
  version: string,
): Promise<void> {
  // A contract that has no tensors stops the start, and not a caller.
  for (const task of tasks) signatureOf(task);
  const lifecycle = app.get(Lifecycle);
  const inventory = app.get(ModelInventory);
  const submit = app.get(SubmitInference);
  const targetOf = (request: FastifyRequest): TensorTarget => {
    const parsed = address.parse(request.params);
    return findTarget(inventory, parsed.name, parsed.version);
  };
  const describe = (request: FastifyRequest): TensorModel => {
    const { name, task, versions } = targetOf(request);
    return { name, versions, platform: `inferway_${task.id}`, ...signatureOf(task).metadata };
  };
  const modelReady = (request: FastifyRequest) => {
    const { name } = targetOf(request);
    lifecycle.assertReady();
    return { name, ready: true };
  };
  // Before the body is read: who may not ask a model cannot make us hold its tensors.
  const assertMayAsk: preParsingHookHandler = (request, _reply, payload, done) => {
    try {
      assertScope(principalOf(request), targetOf(request).task.id);
      done(null, payload);
    } catch (error) {
      done(AppError.from(error));
    }
  };
  const infer = async (request: FastifyRequest, reply: FastifyReply) => {
    const body = readBody(request.body);
    const answer = await submitTensors(submit, targetOf(request), request, reply, body);
    const binary = answer.headerLength !== undefined;
    if (binary) void reply.header(headerLengthField, answer.headerLength);
    void reply.type(binary ? 'application/octet-stream' : 'application/json; charset=utf-8');
    return reply.send(answer.body);
  };

  await server.register((scope, _options, registered) => {
    // Nest sets its own later, on the server that this scope was made from.
    scope.setErrorHandler((error, request, reply) =>
      sendProblem(reply, request, fromHttpError(error, request.routeOptions.bodyLimit)),
    );
    parseInferBodies(scope, (request) => bodyLimits.get(targetOf(request).task.id) ?? 0);
    const extensions = ['binary_tensor_data'];
    scope.get('/v2', (): TensorServer => ({ name: 'inferway', version, extensions }));
    scope.get('/v2/health/live', () => ({ live: true }));
    scope.get('/v2/health/ready', () => {
      lifecycle.assertReady();
      return { ready: true };
    });
    for (const path of ['/v2/models/:name', '/v2/models/:name/versions/:version']) {
      scope.get(path, describe);
      scope.get(`${path}/ready`, modelReady);
      scope.post(`${path}/infer`, { preParsing: assertMayAsk }, infer);
    }
    registered();
  });
}

/** What `parseInferBodies` made; a request without a body comes past it. */
function readBody(body: unknown): InferBody {
  if (typeof body === 'object' && body !== null && 'json' in body && 'binary' in body) {
    const { json, binary } = body;
    if (Buffer.isBuffer(binary)) return { json, binary };
  }
  throw new AppError('request.malformed', { detail: 'The body is empty' });
}
