import type { ModelHandle } from '#inference';
import { AppError } from '#kernel';

/**
 * The model that a caller chose, by name or by name and revision.
 * @throws AppError `request.invalid`, with the models there are
 */
export function chooseModel(models: readonly ModelHandle[], name: string, task: string): ModelHandle {
  const found = models.find((model) => model.name === name || model.ref === name);
  if (found !== undefined) return found;
  const supported = models.map(({ ref }) => ref);
  const message = `is not a model that serves ${task}; there are ${supported.join(', ')}`;
  throw new AppError('request.invalid', {
    detail: `model: ${message}`,
    issues: [{ path: 'model', message }],
    supported,
  });
}
