import type { z } from 'zod';
import type { AppError } from '#kernel';
import { toProblem } from '../problem/to-problem.js';
import type { inferError } from './infer.messages.js';

/** An error in the protocol's form. Its clients show the one member they know, so the code stands there too. */
export function toInferError(error: AppError, requestId: string): z.input<typeof inferError> {
  const problem = toProblem(error, requestId);
  return { error: `${error.code}: ${problem.detail ?? problem.title}`, ...problem };
}
