import type { z } from 'zod';
import { estimateQuery, type EstimateView, type TaskContract } from '#contracts';
import type { EstimateRequest, RequestEstimate } from '#core';
import type { Principal } from '#kernel';
import { checkInput, invalidInput, parseInput, toEstimateView } from '#transport';
import { detectObjects } from '#tasks';
import { findTask } from '../jobs/read-job-request.js';

const strictEstimateQuery = estimateQuery.strict();
type EstimateQuery = z.output<typeof estimateQuery>;

/** An estimate for either surface: the input is checked as the task's own endpoint would. @throws AppError `request.invalid` */
export async function answerEstimate(
  estimates: EstimateRequest,
  principal: Principal,
  body: unknown,
): Promise<EstimateView> {
  const query = parseInput(strictEstimateQuery, body);
  const task = findTask(query.task);
  return toEstimateView(task, await estimate(estimates, principal, task, query));
}

async function estimate(
  estimates: EstimateRequest,
  principal: Principal,
  task: TaskContract,
  { input, video }: EstimateQuery,
): Promise<RequestEstimate> {
  if ((input === undefined) === (video === undefined))
    throw invalidInput([{ path: 'input', message: 'is to be given, or else a video, and not both' }]);
  if (video !== undefined) {
    if (task.id === detectObjects.id) return estimates.video(principal, task, video);
    throw invalidInput([{ path: 'task', message: `looks at no videos; ${detectObjects.id} does` }]);
  }
  const checked = checkInput(task.input.strict(), input, ['input']);
  if ('issues' in checked) throw invalidInput(checked.issues);
  return estimates.execute(principal, task, checked.data);
}
