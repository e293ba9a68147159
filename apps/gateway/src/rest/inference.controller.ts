import { Controller, HttpCode, Post, Req, Res, type Type } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ItemTimings, TaskContract } from '#contracts';
import { SubmitInference, type InferenceReply } from '#core';
import { parseInput, readRequestOptions } from '#transport';
import { clientSignal } from '../admission/client-signal.js';
import { noteStandings } from '../admission/limit.headers.js';
import { principalOf } from '../admission/key.guard.js';
import { readBody } from './read-body.js';

/** The REST endpoint of a task: headers and body in, reply out. Everything it knows comes from the contract. */
export function inferenceController(task: TaskContract): Type {
  const input = task.input.strict();

  @Controller()
  class InferenceController {
    constructor(private readonly submit: SubmitInference) {}

    @Post(task.path)
    @HttpCode(200)
    async infer(
      @Req() request: FastifyRequest,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<InferenceReply> {
      const options = readRequestOptions(request.headers, reply.elapsedTime);
      const submitted = await this.submit.execute({
        principal: principalOf(request),
        task,
        input: parseInput(input, readBody(request.body, input)),
        requestId: request.id,
        signal: clientSignal(reply),
        onStandings: noteStandings(request),
        ...options,
        ...request.span?.carrier,
      });
      if (submitted.timings !== undefined) reply.header('Server-Timing', serverTiming(submitted.timings));
      return submitted.reply;
    }
  }
  return InferenceController;
}

/** `Server-Timing` of a reply, in milliseconds. */
export function serverTiming(timings: ItemTimings): string {
  const { queueMs, batchMs, encodeMs, inferenceMs, decodeMs } = timings;
  const parts = {
    queue: queueMs,
    batch: batchMs,
    encode: encodeMs,
    inference: inferenceMs,
    decode: decodeMs,
  };
  return Object.entries(parts)
    .map(([name, durationMs]) => `${name};dur=${durationMs.toFixed(2)}`)
    .join(', ');
}
