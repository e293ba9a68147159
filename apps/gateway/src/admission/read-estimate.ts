import { estimateQuery, type EstimateView } from '#contracts';
import type { EstimateRequest } from '#core';
import type { Principal } from '#kernel';
import { checkInput, invalidInput, parseInput, toEstimateView } from '#transport';
import { findTask } from '../jobs/read-job-request.js';

const strictEstimateQuery = estimateQuery.strict();

/** An estimate for either surface: the input is checked as the task's own endpoint would. @throws AppError `request.invalid` */
export async function answerEstimate(
  estimates: EstimateRequest,
  principal: Principal,
  body: unknown,
): Promise<EstimateView> {
  const { task: id, input } = parseInput(strictEstimateQuery, body);
  const task = findTask(id);
  const checked = checkInput(task.input.strict(), input, ['input']);
  if ('issues' in checked) throw invalidInput(checked.issues);
  return toEstimateView(task, await estimates.execute(principal, task, checked.data));
}
