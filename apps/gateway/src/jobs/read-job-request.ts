import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { jobRequest, jobUploadQuery, type TaskContract } from '#contracts';
import type { JobSubmission, WebhookSender } from '#core';
import { AppError } from '#kernel';
import { tasks } from '#tasks';
import {
  checkInput,
  checkJobInputs,
  fileFields,
  invalidInput,
  jobInputsOfLines,
  maxBodyBytes,
  maxFileBodyBytes,
  maxUploadBytes,
  parseInput,
  uploadTimeoutMs,
} from '#transport';

/** What a surface reads of a submission; the rest it knows from the request. */
export type JobOrder = Pick<JobSubmission, 'task' | 'inputs' | 'webhook' | 'timeoutMs'>;

const strictJobRequest = jobRequest.strict();
const strictUploadQuery = jobUploadQuery.strict();
const emptyQuery = z.strictObject({});
/** Storing 16 MiB took under a second; another attempt under the same key waits no longer than this. */
const jsonTimeoutMs = 30_000;
/** An upload under way when the server closes may read its refusal for this long. */
const graceMs = 1_000;

/** The body of a JSON submission, every input checked by its task's contract. @throws AppError `request.invalid` */
export async function readJobBody(body: unknown, webhooks: WebhookSender): Promise<JobOrder> {
  const { task: id, inputs, webhook } = parseInput(strictJobRequest, body);
  const task = findTask(id);
  checkWebhook(webhooks, webhook);
  return {
    task,
    inputs: await checkJobInputs(task, inputs),
    timeoutMs: jsonTimeoutMs,
    ...(webhook !== undefined && { webhook }),
  };
}

/**
 * A body says itself what the query says of an upload: whoever mixes them up is told where it belongs.
 * @throws AppError `request.invalid`
 */
export function checkNoQuery(query: unknown): void {
  const checked = checkInput(emptyQuery, query, []);
  if ('data' in checked) return;
  const message =
    'belongs in the JSON body; only an upload of JSON lines, sent as application/x-ndjson, has it in the query';
  throw invalidInput(
    checked.issues.map((issue) =>
      Object.hasOwn(jobUploadQuery.shape, issue.path) ? { ...issue, message } : issue,
    ),
  );
}

/**
 * An upload of JSON lines, which is read as it is stored and never held as a whole: a database that is slow slows its
 * sender down.
 * @param closing aborts when the server is going away: an upload is not waited for
 * @throws AppError `request.invalid`, `request.too_large`; reading it throws for what is wrong with its lines
 */
export function readJobUpload(
  request: IncomingMessage,
  query: unknown,
  webhooks: WebhookSender,
  closing: AbortSignal,
): JobOrder {
  const { task: id, webhook } = parseInput(strictUploadQuery, query);
  const task = findTask(id);
  checkWebhook(webhooks, webhook);
  if (Number(request.headers['content-length'] ?? 0) > maxUploadBytes) {
    const limit = { name: 'job.upload', value: maxUploadBytes, unit: 'bytes' };
    throw new AppError('request.too_large', { detail: 'The upload is too large', limit });
  }
  // A line is a body of the task's endpoint, and may be as large.
  const maxLineBytes = fileFields(task.input).length > 0 ? maxFileBodyBytes : maxBodyBytes;
  const limits = { maxLineBytes, maxBytes: maxUploadBytes };
  return {
    task,
    inputs: jobInputsOfLines(task, chunksOf(request, closing), limits),
    timeoutMs: uploadTimeoutMs,
    ...(webhook !== undefined && { webhook }),
  };
}

/** Stopping half-way must not destroy the request: its sender is owed a reply. */
export async function* chunksOf(request: IncomingMessage, closing: AbortSignal): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterable<Uint8Array> = request.iterator({ destroyOnReturn: false });
  // A sender who has stalled gets no reply to read, and must not hold the shutdown.
  const cutOff = () => setTimeout(() => request.destroy(), graceMs).unref();
  closing.addEventListener('abort', cutOff, { once: true });
  try {
    for await (const chunk of chunks) {
      if (closing.aborted) throw new AppError('service.draining', { retryAfterS: 1 });
      yield chunk;
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('request.cancelled', { detail: 'The upload broke off' }, { cause: error });
  } finally {
    closing.removeEventListener('abort', cutOff);
  }
}

/** @throws AppError `request.invalid` naming the tasks that there are */
export function findTask(id: string): TaskContract {
  const task: TaskContract | undefined = tasks.find((each) => each.id === id);
  if (task !== undefined) return task;
  const issues = [{ path: 'task', message: 'is not a task of this server' }];
  throw new AppError('request.invalid', { issues, supported: tasks.map((each) => each.id) });
}

/** @throws AppError `request.invalid` for a URL that no webhook will be sent to */
export function checkWebhook(webhooks: WebhookSender, url: string | undefined): void {
  const message = url === undefined ? undefined : webhooks.refuse(url);
  if (message === undefined) return;
  throw new AppError('request.invalid', {
    detail: `webhook: ${message}`,
    issues: [{ path: 'webhook', message }],
  });
}
