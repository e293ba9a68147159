import type { FastifyReply, FastifyRequest } from 'fastify';
import { chosenModel } from '#contracts';
import type { Submission, SubmitInference } from '#core';
import { AppError } from '#kernel';
import {
  checkOutputs,
  readInfer,
  readRequestOptions,
  readRows,
  rowsOf,
  rowsReply,
  signatureOf,
  writeInfer,
  type InferAnswer,
  type InferBody,
  type RequestOptions,
  type TensorRequest,
} from '#transport';
import { clientSignal } from '../admission/client-signal.js';
import { principalOf } from '../admission/key.guard.js';
import { noteStandings } from '../admission/limit.headers.js';
import { serverTiming } from '../rest/inference.controller.js';
import type { TensorTarget } from './find-target.js';

/** Tensors in, tensors out; in between it is a request of the task like any other. */
export async function submitTensors(
  submit: SubmitInference,
  { name, task, model }: TensorTarget,
  request: FastifyRequest,
  reply: FastifyReply,
  body: InferBody,
): Promise<InferAnswer> {
  const signature = signatureOf(task);
  const asked = readInfer(body);
  checkOutputs(signature, asked);
  const rows = readRows(task, signature, asked, model);
  const chosen = chosenModel({ ...rows[0] });
  const submission: Submission = {
    principal: principalOf(request),
    task: rowsOf(task),
    input: { rows, ...(chosen !== undefined && { model: chosen }) },
    requestId: request.id,
    signal: clientSignal(reply),
    onStandings: noteStandings(request),
    ...withTimeout(readRequestOptions(request.headers, reply.elapsedTime), asked, reply.elapsedTime),
    ...request.span?.carrier,
  };
  const submitted = await submit.execute(submission);
  if (submitted.timings !== undefined) void reply.header('Server-Timing', serverTiming(submitted.timings));
  const { requestId, model: answeredBy, usage } = submitted.reply;
  return writeInfer(signature, asked, rowsReply.parse(submitted.reply).rows, {
    model_name: name,
    ...(model !== undefined && { model_version: answeredBy.split('@')[1] ?? '' }),
    ...(asked.id !== undefined && { id: asked.id }),
    parameters: {
      request_id: requestId,
      model: answeredBy,
      usage_unit: usage.unit,
      usage_amount: usage.amount,
    },
  });
}

/** `timeout` is the protocol's deadline, in microseconds; 0 is none. @throws AppError `deadline.exceeded` */
function withTimeout(
  options: RequestOptions,
  { parameters }: TensorRequest,
  elapsedMs: number,
): RequestOptions {
  const timeoutUs = parameters?.timeout ?? 0;
  if (timeoutUs === 0) return options;
  const leftMs = timeoutUs / 1_000 - elapsedMs;
  if (leftMs <= 0) throw new AppError('deadline.exceeded', { detail: 'It passed while the request arrived' });
  return { ...options, deadlineMs: Math.min(leftMs, options.deadlineMs ?? leftMs) };
}
